import { EntitySchema } from 'typeorm';
import { key, large, optionalText, text } from '../columns.js';

/** One jump of a computer's clock. */
export interface ClockJumpRow {
  /** The id of its event. */
  jumpId: string;
  installation: string;
  computer: string;
  against: 'steady-clock' | 'log';
  /** RFC 3339: what the clock should have shown, and what it showed. */
  expected: string;
  shown: string;
  ms: number;
  /** Where it lies in the log. */
  logPlace: number;
  /** Null while it keeps retention waiting. */
  endedBecause: 'confirmed' | 'put-right' | null;
  endedBy: string | null;
  endedAt: string | null;
  /** Where in the log that was said. */
  endedPlace: number;
}

export const clockJumpTable = new EntitySchema<ClockJumpRow>({
  name: 'clock_jumps',
  columns: {
    jumpId: key,
    installation: text,
    computer: text,
    against: text,
    expected: text,
    shown: text,
    ms: large,
    logPlace: large,
    endedBecause: optionalText,
    endedBy: optionalText,
    endedAt: optionalText,
    endedPlace: large,
  },
});
