import { EntitySchema } from 'typeorm';
import { json, key, large } from '../../../store/columns.js';
import type { OpenJump } from '../../clock-jump.js';

/** A jump that neither a person nor the clock itself has made good. */
export interface ClockJump extends OpenJump {
  /** The id of its event. */
  readonly jumpId: string;
}

/** The clock that an installation goes by. */
export interface ClockRow {
  installation: string;
  /** In the order of the log. */
  open: readonly ClockJump[];
  /** Where in the log a person said last that it is right; 0 if no one ever did. */
  confirmedPlace: number;
}

export const clockTable = new EntitySchema<ClockRow>({
  name: 'clocks',
  columns: { installation: key, open: json, confirmedPlace: large },
});
