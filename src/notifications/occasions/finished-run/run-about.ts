import { z } from 'zod';
import { nameSchema, serverKey } from '../../../shared/names.js';
import { aboutKind } from '../about.js';

/** A run of a backup job. */
export const runAbout = aboutKind(
  'run',
  z.object({ site: nameSchema, server: nameSchema, job: nameSchema, runId: z.string() }),
);
export type RunRef = z.infer<typeof runAbout.ref>;

/** The subject of every event about one run of a job. */
export function runSubject({ site, server, job, runId }: RunRef): string {
  return `${serverKey(site, server)}/backups/${job}/runs/${runId}`;
}
