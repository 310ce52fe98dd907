import type { EventOf } from '../event-log/event-types.js';
import type { Saying, SayingsOf } from '../event-log/saying.js';
import { durationText } from '../shared/duration-text.js';
import { bytesText, countText } from '../shared/quantity.js';
import type { backupCompleted, backupEvents, backupRestored } from './backups.events.js';

export const backupSayings: SayingsOf<typeof backupEvents> = {
  'backup-job.defined': ({ data }) => ({ text: `backup-job ${data.job} defined` }),
  'backup-job.retired': ({ data }) => ({ text: `backup-job ${data.job} retired` }),
  'backup.started': ({ data }) => ({ text: `backup ${data.job} started (${data.trigger})` }),
  'backup.progressed': ({ data }) => ({
    text: `backup ${data.job} at ${Math.floor(data.percent)} % (${data.step})`,
    tone: 'dim',
  }),
  'backup.logged': ({ data }) => ({
    text: `backup ${data.job}: ${data.lines.map(({ text }) => text).join(' | ')}`,
    tone: 'dim',
  }),
  'backup.copied': ({ data: { job, destination, files, bytes, place } }) => ({
    text: `backup ${job} copied to ${destination}: ${countText(files, 'file')}, ${bytesText(bytes)} in ${place}`,
  }),
  'backup.verified': ({ data }) => ({ text: `backup ${data.job} verified at ${data.destination}: ${data.snapshot}` }),
  'backup.completed': ({ data }) =>
    data.outcome === 'suspicious'
      ? {
          text: `backup ${data.job} is suspicious: ${data.suspicions[0]?.text ?? 'reason unknown'}`,
          tone: 'yellow',
        }
      : ended(data, `succeeded in ${durationText(data.durationMs)}`, 'failed'),
  'backup.captured': ({ data }) => ({ text: `backup ${data.job}: ${data.text}`, tone: 'yellow' }),
  'backup.accepted': ({ data }) => ({
    text: `backup ${data.job}: the suspicious run ${data.runId} is accepted`,
    tone: 'green',
  }),
  'backup.restored': ({ data }) => {
    const [good, bad] = [`: restored ${data.snapshot} to ${data.to}`, ': restore failed'];
    return ended(data, good, bad);
  },
  'snapshot.removed': ({ data }) => ({
    text: `backup ${data.job}: snapshot ${data.snapshot} removed from ${data.destination}`,
  }),
};

function ended(
  { job, outcome, error }: EventOf<typeof backupCompleted | typeof backupRestored>['data'],
  good: string,
  bad: string,
): Saying {
  const after = (text: string): string => `backup ${job}${text.startsWith(':') ? '' : ' '}${text}`;
  if (outcome === 'succeeded') return { text: after(good), tone: 'green' };
  return { text: `${after(bad)}: ${error?.text ?? 'reason unknown'}`, tone: 'red' };
}
