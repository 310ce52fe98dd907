import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What of a run could not be recorded. */
const lostSchema = z.object({ lines: z.number(), facts: z.number() });
export type Lost = z.infer<typeof lostSchema>;

/** Where a run notes what the log did not take when Wardround had to end. */
export interface UnrecordedNote {
  keep(lost: Lost): void;
  /** Call it when the end of the run is recorded. */
  remove(): void;
}

export const noNote: UnrecordedNote = { keep: () => undefined, remove: () => undefined };

/** One block: it is written over in its place, which needs no room where there is none. */
const noteBytes = 4096;

/** The note of a run, in a file of the data folder that is made while there is room. */
export function unrecordedNote(dataFolder: string, runId: string): UnrecordedNote {
  const file = noteFile(dataFolder, runId);
  try {
    mkdirSync(join(dataFolder, 'runs'), { recursive: true, mode: 0o700 });
    write(file, '', 'w');
  } catch {
    // Without room for the note the run continues: it only says less after a bad end.
    return noNote;
  }
  return {
    keep: (lost) => {
      try {
        write(file, JSON.stringify(lost), 'r+');
      } catch {
        // Its words on stderr are all that is left then.
      }
    },
    remove: () => rmSync(file, { force: true }),
  };
}

/** What a run of a process before this one has noted, and the note is gone with that; null if nothing was lost. */
export function takeUnrecorded(dataFolder: string, runId: string): Lost | null {
  const file = noteFile(dataFolder, runId);
  try {
    const text = readFileSync(file, 'utf8').trim();
    rmSync(file, { force: true });
    return text === '' ? null : lostSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function noteFile(dataFolder: string, runId: string): string {
  return join(dataFolder, 'runs', `${runId}.unrecorded`);
}

function write(file: string, text: string, flags: 'w' | 'r+'): void {
  const fd = openSync(file, flags, 0o600);
  try {
    writeSync(fd, text.padEnd(noteBytes), 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
