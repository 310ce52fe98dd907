import { rebuiltSchema } from '../answers.js';
import type { Work } from '../command.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { countText } from '../../shared/quantity.js';
import { tableLines } from '../table.js';
import { jsonDocument, lines } from '../terminal.js';

/** `wardround views rebuild [name]`: folds one view, or all, again from the log. */
export async function viewsRebuild({ client, terminal, json }: Work, view: string | undefined): Promise<ExitCode> {
  const rebuilt = await client.post('views/rebuild', { view }, rebuiltSchema);
  if (json) terminal.out(jsonDocument(rebuilt));
  else terminal.out(lines(tableLines(rebuilt.views.map(({ name, rowsChanged }) => [name, changed(rowsChanged)]))));
  return exitCodes.good;
}

function changed(rows: number): string {
  return rows === 0 ? 'was right' : `${countText(rows, 'row')} put right`;
}
