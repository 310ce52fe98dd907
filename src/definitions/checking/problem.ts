/** Where something is in a document: keys and, in lists, positions from 0. */
export type Path = readonly (string | number)[];

/** Something wrong, before its line is known. */
export interface Fault {
  readonly path: Path;
  /** What is wrong, with the value. */
  readonly message: string;
  /** What would be right. */
  readonly advice: string;
  /** What kind of value belongs there, if there is one of another kind. */
  readonly wanted?: 'text' | 'number' | 'true or false';
  /** Nothing is wrong; it is only told how something is understood. */
  readonly isNote?: true;
  /** The other place in the file that it does not go together with: the message ends with its line. */
  readonly alsoAt?: Path;
}

/** Something wrong in the configuration file. */
export interface ConfigurationProblem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** As people write it: `backups[1].sources[0].parameters.paths`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly advice: string;
}

export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => text + stepText(part, text === ''), '');
}

function stepText(part: string | number, first: boolean): string {
  if (typeof part === 'number') return `[${part}]`;
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(part)) return `[${JSON.stringify(part)}]`;
  return first ? part : `.${part}`;
}

/** One line for people, in the form that editors and terminals make a link of: `wardround.yaml:12:5 backups[0].at: …`. */
export function problemText(file: string, problem: ConfigurationProblem): string {
  const place = `${file}:${problem.line}:${problem.column}`;
  const about = problem.path === '' ? place : `${place} ${problem.path}`;
  return problem.advice === '' ? `${about}: ${problem.message}` : `${about}: ${problem.message}. ${problem.advice}`;
}

/** In the order of the file; the same problem at the same place once. */
export function inOrderOfFile(problems: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] {
  const once = new Map(
    problems.map((problem) => [`${problem.line}:${problem.column}:${problemText('', problem)}`, problem]),
  );
  return [...once.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** A value as it is shown in a message: short, in JSON. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** Whether a value under this key is a secret, or may hold one, and is not to be shown. */
export function isSecretKey(key: string): boolean {
  return key === 'password' || key === 'url';
}

/** Of what Zod expects, what can be distinguished by quotes. */
export function wantedOf(expected: string): Pick<Fault, 'wanted'> {
  if (expected === 'string') return { wanted: 'text' };
  if (expected === 'number' || expected === 'int') return { wanted: 'number' };
  return expected === 'boolean' ? { wanted: 'true or false' } : {};
}
