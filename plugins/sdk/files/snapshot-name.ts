/** A snapshot's name is the UTC second at which it was started: `2026-11-22T02-00-00Z`, fit for every file system. */
const pattern = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})Z$/;

/** What a snapshot's folder ends in until it is whole. */
export const partialSuffix = '.partial';

/** @param instant milliseconds since 1970; the part of a second is cut off. Years 0 to 9999. */
export function formatSnapshotName(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

/** Milliseconds since 1970, or null if the text is not a snapshot's name. */
export function parseSnapshotName(name: string): number | null {
  const match = pattern.exec(name);
  if (!match) return null;
  const instant = Date.parse(`${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`);
  // Date.parse takes 30 February as 2 March; a name must say what it means.
  return Number.isNaN(instant) || formatSnapshotName(instant) !== name ? null : instant;
}

/** Whether a folder of that name is what a killed run or removal has left. */
export function isPartialName(name: string): boolean {
  return name.endsWith(partialSuffix) && parseSnapshotName(name.slice(0, -partialSuffix.length)) !== null;
}

/** The whole snapshots among the names in a folder, oldest first. */
export function wholeSnapshots(names: readonly string[]): string[] {
  return names.filter((name) => parseSnapshotName(name) !== null).sort();
}
