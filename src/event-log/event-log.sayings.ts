import type { installationEvents } from './installation.events.js';
import type { parkingEvents } from './parking.events.js';
import type { SayingsOf } from './saying.js';

export const installationSayings: SayingsOf<typeof installationEvents> = {
  'installation.restored': ({ data: { because, from, fromFolder, upTo } }) => {
    const isOwn = because === 'older-log' || from === null;
    const whose = isOwn ? '' : ` of the installation ${from} in ${fromFolder ?? '?'}`;
    return { text: `restored from a copy of the log${whose}, up to event ${upTo}`, tone: 'yellow' };
  },
  'log.epoch-began': ({ data: { epoch, because } }) => ({
    text: `the log begins epoch ${epoch} (${because})`,
    tone: 'yellow',
  }),
};

export const parkingSayings: SayingsOf<typeof parkingEvents> = {
  'event.discarded': ({ data: { subscription, type, id, reason } }) => ({
    text: `${subscription} skips ${type} ${id}: ${reason}`,
    tone: 'yellow',
  }),
};
