import { highest } from '../shared/extremes.js';
/** Replaces secrets in a text. */
export type Redact = (text: string) => string;

const hidden = '•••';
/** Below this a value is replaced only where it stands alone: `25` for a port must not tear up every number. */
const shortestAnywhere = 4;

/**
 * Makes a function that replaces each secret by •••: as it is, as it stands in a URL and in JSON, and each line of one
 * that has several, since output is handed over line by line.
 */
export function redactor(secrets: readonly string[]): Redact {
  const forms = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (text) => text;
  const pattern = new RegExp(forms.map(patternOf).join('|'), 'gu');
  return (text) => text.replace(pattern, hidden);
}

/** The longest form that a secret can take: so much of a text that was cut may be the beginning of one. */
export function longestForm(secrets: readonly string[]): number {
  return highest(
    secrets.flatMap(formsOf).map((form) => form.length),
    0,
  );
}

/** Redacts every string within a value that came out of a plugin. */
export function redactWithin(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactWithin(item, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactWithin(item, redact)]));
}

function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r\n|\n|\r/);
  const parts = lines.length > 1 ? [secret, ...lines.filter((line) => line.trim().length >= 8)] : [secret];
  return parts
    .flatMap((part) => [
      part,
      part.trim(),
      encodeURIComponent(withoutLoneSurrogates(part)),
      JSON.stringify(part).slice(1, -1),
    ])
    .filter((form) => form.trim() !== '');
}

function patternOf(form: string): string {
  const literal = form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return form.length >= shortestAnywhere ? literal : `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`;
}

/** `encodeURIComponent` throws on half a character. */
function withoutLoneSurrogates(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
