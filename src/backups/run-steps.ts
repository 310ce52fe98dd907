import type { BackupJobDefinition } from './job.js';
import { localCopyName } from './backups.events.js';

/** One part of a run, in the order in which they come. */
export interface RunStep {
  /** Shown to people and stored with each protocol line: `prepare`, `copy local-copy`, `verify second`, `tidy up`. */
  readonly name: string;
  /** Its share of the run's length, as measured on runs of plain files; only the progress bar depends on it. */
  readonly weight: number;
}

export const prepareStep = 'prepare';
export const tidyStep = 'tidy up';
export const copyStep = (destination: string) => `copy ${destination}`;
export const verifyStep = (destination: string) => `verify ${destination}`;

/** The steps of a run of this job. */
export function stepsOf(job: BackupJobDefinition): readonly RunStep[] {
  const destinations = [localCopyName, ...job.copies.map(({ name }) => name)];
  return [
    { name: prepareStep, weight: 1 },
    ...destinations.flatMap((destination) => [
      { name: copyStep(destination), weight: 5 },
      { name: verifyStep(destination), weight: 3 },
    ]),
    { name: tidyStep, weight: 0.5 },
  ];
}

/**
 * How far a run is, in percent with one decimal: all steps before the current one, and its own part.
 * @param part 0 to 1, how much of the current step is done
 */
export function percentAt(steps: readonly RunStep[], current: string, part: number): number {
  const index = steps.findIndex(({ name }) => name === current);
  const weigh = (some: readonly RunStep[]) => some.reduce((sum, { weight }) => sum + weight, 0);
  const own = steps[index]?.weight ?? 0;
  const done = weigh(steps.slice(0, Math.max(0, index))) + own * Math.min(1, Math.max(0, part));
  return Math.round((done / weigh(steps)) * 1000) / 10;
}
