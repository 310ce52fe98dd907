import { isOneOf } from '../../../event-log/event-types.js';
import { alarmCleared, alarmRaised } from '../../../rules/rules.events.js';
import type { Occasion, ReasonWords } from '../occasion.js';
import { occurrencesOf } from '../occurrences.js';
import { alarmAbout } from './alarm-about.js';
import { alarmModel } from './alarm-model.js';
import { readAlarms, type AlarmRecords } from './alarm-record.js';
import { decideOnCleared, decideOnRaised, type AlarmChange, type ToldReceivers } from './decide-alarm.js';

const templates = {
  'alarm-raised': 'warning',
  'alarm-cleared': 'inbox',
} as const satisfies Occasion['templates'] & Record<AlarmChange, unknown>;

const reasons = {
  'alarm-raised': { en: 'it subscribes to alarms', de: 'sie Alarme erhält', board: 'An alarm was raised' },
  'alarm-cleared': {
    en: 'it was notified when this alarm was raised',
    de: 'sie über den Beginn dieses Alarms informiert wurde',
    board: 'An alarm ended',
  },
} as const satisfies Record<AlarmChange, ReasonWords>;

/** An alarm was raised or cleared. It remembers who was notified of each open alarm: they are notified of its end. */
export const alarmOccasion: Occasion<
  typeof alarmRaised | typeof alarmCleared,
  readonly ToldReceivers[],
  unknown,
  AlarmRecords
> = {
  name: 'alarm',
  subscriptions: { takes: ['alarms'], describe: 'of alarms', filters: ['sites', 'servers', 'severities', 'rules'] },
  about: alarmAbout,
  templates,
  reasons,
  events: [alarmRaised, alarmCleared],
  recalls: (event) => (isOneOf(event, [alarmCleared]) ? [event.data.alarmId] : []),
  decide(event, groups, memory) {
    const { site, server, rule, alarmId } = event.data;
    const about = alarmAbout.about({ site, server, rule, alarmId });
    const definitions = groups.map(({ definition }) => definition);
    if (event.type === 'alarm.cleared') {
      // It is forgotten with the alarm: an alarm is cleared once.
      const told = memory.recall(alarmId);
      if (told !== null) memory.forget(alarmId);
      return occurrencesOf(decideOnCleared(definitions, told ?? [], event), about);
    }
    const verdicts = decideOnRaised(definitions, event);
    const told = verdicts.flatMap(({ tell, group, channel, to }) => (tell ? [{ group, channel, to }] : []));
    if (told.length > 0) memory.keep(alarmId, told);
    return occurrencesOf(verdicts, about);
  },
  recordsOf: readAlarms,
  modelOf: ({ alarms }, reader) => ({ alarms: alarms.map((alarm) => alarmModel(alarm, reader)) }),
};
