import { colour, noColour, type Paint } from './style.js';

/** Where a command writes. Answers go to `out`, what is said about them to `error`. */
export interface Terminal {
  out(text: string): void;
  error(text: string): void;
  /** Whether `out` is a screen that someone looks at, where a line can be drawn again. */
  readonly isScreen: boolean;
  readonly columns: number;
  readonly paint: Paint;
}

export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** @param wantsColour false for `--no-color` or where NO_COLOR is set (https://no-color.org) */
export function terminalOn(stdout: Stream, stderr: Stream, wantsColour: boolean): Terminal {
  const isScreen = stdout.isTTY === true;
  return {
    out: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    isScreen,
    // A terminal that does not know its size says 0.
    columns: stdout.columns || 80,
    paint: isScreen && wantsColour ? colour : noColour,
  };
}

export function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

export function jsonDocument(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
