import { oneNamed } from '../../shared/named-thing.js';
import { checkupRunSchema, checkupSchema } from '../answers.js';
import type { Work } from '../command.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { plain } from '../format.js';
import { statusText } from '../style.js';
import { jsonDocument, lines } from '../terminal.js';

/**
 * `wardround checkup run <name>`: runs a check-up now. Its status decides the exit code, as with Nagios plugins, but only 0 or 1.
 * @param name also `<server>/<name>`, `<site>/<server>/<name>` or its id
 * @throws WardroundError if no check-up, or more than one, is called so
 */
export async function checkupRun({ client, terminal, json }: Work, name: string): Promise<ExitCode> {
  // An id has dots where an address has slashes; names have neither.
  const { id } = oneNamed(name.replaceAll('.', '/'), await client.all('checkups', checkupSchema), 'check-up');
  const result = await client.post(`checkups/${encodeURIComponent(id)}/runs`, {}, checkupRunSchema);
  if (json) {
    terminal.out(jsonDocument(result));
  } else {
    const details = result.details.split('\n').filter((line) => line.trim() !== '');
    const head = `${statusText(result.status, terminal.paint)}  ${id}: ${plain(result.summary)}`;
    terminal.out(lines([head, ...details.map((line) => `  ${plain(line)}`)]));
  }
  return result.status === 'ok' ? exitCodes.good : exitCodes.failed;
}
