import { jumpText } from '../../clock/clock-jump.js';
import { confirmedClockSchema } from '../answers.js';
import type { Work } from '../command.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { plain } from '../format.js';
import { jsonDocument, lines } from '../terminal.js';

export interface ClockConfirmOptions {
  /** Why the clock is right. */
  readonly note?: string;
}

/** `wardround clock confirm`: says that the clock, which jumped, is right. */
export async function clockConfirm(work: Work, { note = '' }: ClockConfirmOptions): Promise<ExitCode> {
  const { client, terminal, json } = work;
  const answer = await client.post('clock/confirm', { note }, confirmedClockSchema);
  if (json) {
    terminal.out(jsonDocument(answer));
    return exitCodes.good;
  }
  const jumps = answer.confirmed.map((jump) => `  ${plain(jump.computer)}: ${jumpText(jump)}`);
  terminal.out(lines(['Confirmed. Old backups will be removed on schedule again:', ...jumps]));
  return exitCodes.good;
}
