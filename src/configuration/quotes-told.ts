import { meaningOf, singleQuoted } from './missing-quotes.js';
import { isSecretKey, shown, type Fault } from '../definitions/checking/problem.js';
import { valueAt } from '../definitions/checking/value-at.js';
import type { ParsedYaml } from './yaml-text.js';

type Saying = Pick<Fault, 'message' | 'advice'>;

/** A value of the wrong kind: where quotes make the difference, the problem says so. */
export function withQuotesTold(fault: Fault, yaml: Pick<ParsedYaml, 'value' | 'written'>): Saying {
  const found = valueAt(yaml.value, fault.path);
  if (fault.wanted === undefined || found === undefined) return fault;
  if (isSecretKey(String(fault.path.at(-1) ?? ''))) return fault;
  if (fault.wanted === 'text') return textSaying(fault, found, yaml.written(fault.path));
  return typeof found === 'string' ? (bareSaying(fault, found) ?? fault) : fault;
}

/** Text is wanted, and YAML read something else. */
function textSaying(fault: Fault, found: unknown, written: string | null): Saying {
  if (typeof found === 'string' || written === null || written === '' || /[\r\n]/.test(written)) return fault;
  const advice = `Put it in single quotes: ${singleQuoted(written)}`;
  const read = found === null ? 'as empty' : typeof found === 'object' ? null : `as ${JSON.stringify(found)}`;
  if (/^[#&[{]/.test(written) || read === null) return { message: meaningOf(written), advice };
  return { message: `YAML reads ${written} ${read}, which is no text`, advice };
}

/** Words that other versions and readers of YAML take for true or false. */
const answers: Readonly<Record<string, boolean>> = { yes: true, y: true, on: true, no: false, n: false, off: false };

/** A number, or true or false, is wanted, and there is text that says one. */
function bareSaying({ wanted }: Fault, found: string): Saying | null {
  const word = found.trim().toLowerCase();
  if (wanted === 'number') {
    const isNumber = /^[+-]?\d+(?:\.\d+)?$/.test(word);
    return isNumber ? { message: `${shown(found)} is text`, advice: `Write it without quotes: ${word}` } : null;
  }
  const answer =
    word === 'true' || word === 'false' ? word : Object.hasOwn(answers, word) ? String(answers[word]) : null;
  return answer === null ? null : { message: `${shown(found)} is text`, advice: `Write ${answer}, without quotes` };
}
