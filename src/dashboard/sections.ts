/** What a part of a page is made of: views by their names, and what changes without them. */
type Ingredient =
  | 'definitions'
  | 'checkup-status'
  | 'runs'
  | 'snapshots'
  | 'alarms'
  | 'messages'
  | 'clocks'
  /** The clock alone changes it: a result grows too old to count, a planned start is missed. */
  | 'time'
  /** The configuration file as it was last read. */
  | 'configuration'
  /** How those who go through the log get on. */
  | 'consumers';

/**
 * The parts of pages that change by themselves, each with all that it shows something of. A page holds some of them. What
 * shows a status must be one of them, or part of one: nothing else is kept up to date.
 */
const madeOf = {
  status: ['definitions', 'checkup-status', 'runs', 'alarms', 'messages', 'clocks', 'time'],
  problems: ['configuration'],
  undelivered: ['definitions', 'messages', 'time'],
  alarms: ['definitions', 'alarms'],
  /** Holds `server-heads`, `checkups` and `jobs`. */
  servers: ['definitions'],
  'server-heads': ['definitions', 'checkup-status', 'runs', 'alarms', 'time'],
  checkups: ['definitions', 'checkup-status', 'time'],
  jobs: ['definitions', 'runs', 'snapshots', 'time'],
  inbox: ['definitions', 'messages'],
  runs: ['definitions', 'runs', 'time'],
  run: ['definitions', 'runs', 'snapshots', 'time'],
  snapshots: ['definitions', 'snapshots', 'time'],
  'past-alarms': ['definitions', 'alarms'],
  system: ['consumers', 'messages', 'time'],
} as const satisfies Readonly<Record<string, readonly Ingredient[]>>;

export type Section = keyof typeof madeOf;

export const sections = Object.keys(madeOf) as readonly Section[];

/** What time alone changes. */
export const agingSections: readonly Section[] = sectionsOf(['time']);

/** The sections that a change of views may have changed, each once. A view no one shows changes nothing. */
export function sectionsOf(changed: Iterable<string>): readonly Section[] {
  const names = new Set<string>(changed);
  return sections.filter((section) => madeOf[section].some((ingredient) => names.has(ingredient)));
}
