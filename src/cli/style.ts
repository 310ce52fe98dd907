const codes = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;
export type Tone = keyof typeof codes;

/** Colours a text, or gives it back as it is. */
export type Paint = (tone: Tone, text: string) => string;

export const noColour: Paint = (_tone, text) => text;
export const colour: Paint = (tone, text) => `\u001b[${codes[tone]}m${text}\u001b[0m`;

export type Status = 'ok' | 'warning' | 'critical' | 'unknown' | 'running' | 'suspicious' | 'failed';

const looks: Readonly<Record<Status, { readonly symbol: string; readonly tone: Tone }>> = {
  ok: { symbol: '✓', tone: 'green' },
  warning: { symbol: '!', tone: 'yellow' },
  critical: { symbol: '✗', tone: 'red' },
  suspicious: { symbol: '!', tone: 'yellow' },
  failed: { symbol: '✗', tone: 'red' },
  unknown: { symbol: '?', tone: 'yellow' },
  running: { symbol: '▸', tone: 'bold' },
};

/**
 * A symbol and the word, so that neither colour nor sign alone tells it: `✓ ok`.
 * @param word instead of the status's own
 */
export function statusText(status: Status, paint: Paint, word: string = status): string {
  const { symbol, tone } = looks[status];
  return paint(tone, `${symbol} ${word}`);
}
