/** The parts of pages that change by themselves. A page holds some of them. */
export const sections = [
  'status',
  'problems',
  'alarms',
  'servers',
  'checkups',
  'jobs',
  'inbox',
  'runs',
  'run',
  'snapshots',
  'past-alarms',
  'system',
] as const;
export type Section = (typeof sections)[number];

/** Which sections show something of a view. `servers` holds `checkups` and `jobs`. */
const sectionsByView: Readonly<Record<string, readonly Section[]>> = {
  definitions: ['status', 'servers'],
  'checkup-status': ['status', 'checkups'],
  runs: ['status', 'jobs', 'runs', 'run'],
  snapshots: ['snapshots', 'jobs', 'run'],
  alarms: ['status', 'alarms', 'past-alarms'],
  messages: ['inbox'],
};

/** What time alone changes: a result grows too old to count. */
export const agingSections: readonly Section[] = ['status', 'checkups'];

/** The sections that the views' change may have changed, each once. A view nobody knows changes nothing. */
export function sectionsOf(views: Iterable<string>): readonly Section[] {
  return [...new Set([...views].flatMap((view) => sectionsByView[view] ?? []))];
}
