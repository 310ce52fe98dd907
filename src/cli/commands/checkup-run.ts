import { WardroundError } from '../../shared/errors.js';
import { checkupRunSchema, checkupSchema, type Checkup } from '../answers.js';
import type { Work } from '../command.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { plain } from '../format.js';
import { statusText } from '../style.js';
import { jsonDocument, lines } from '../terminal.js';

/** `wardround checkup run <name>`: runs a check-up now. Its status decides the exit code, as with Nagios plugins, but only 0 or 1. */
export async function checkupRun({ client, terminal, json }: Work, name: string): Promise<ExitCode> {
  const { id } = oneCalled(name, await client.all('checkups', checkupSchema));
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

/** The check-up meant by a name, or by an id, `<site>.<server>.<name>`. @throws WardroundError if there is none or several */
export function oneCalled(name: string, checkups: readonly Checkup[]): Checkup {
  const found = checkups.filter((checkup) => checkup.id === name || checkup.name === name);
  const [first, second] = found;
  if (first === undefined) {
    const known = checkups.map(({ id }) => id).join(', ');
    const advice = known === '' ? 'None is defined' : `There are ${known}`;
    throw new WardroundError('not-found', `there is no check-up "${name}"`, advice);
  }
  if (second === undefined) return first;
  const ids = found.map(({ id }) => id).join(', ');
  throw new WardroundError('bad-request', `"${name}" is a check-up of several servers`, `Say which: ${ids}`);
}
