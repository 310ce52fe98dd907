/** What would begin a new line, move the cursor, or turn the direction of what follows, wherever it is shown. */
const controls = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const lineBreaks = /\r\n|[\n\r\u0085\u2028\u2029]/gu;

/**
 * Text from outside as one line that cannot pass for several: line breaks become ` ⏎ `, tabs spaces, other control
 * characters and halves of surrogate pairs `�`. Longer than `longest` characters, it is cut and ends in `…`.
 */
export function oneLine(text: string, longest = 4000): string {
  const line = text
    .slice(0, longest + 1)
    .replaceAll('\t', ' ')
    .replace(lineBreaks, ' ⏎ ')
    .replace(controls, '\ufffd')
    .replace(/\p{Cs}/gu, '\ufffd')
    .trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** A mail's subject: one line of at most 200 characters, each run of white space one space. */
export function subjectLine(text: string): string {
  return oneLine(text, 200).replace(/\s+/gu, ' ');
}

/** At most `longest` characters of a text of several lines; if it was cut, the note ends it. */
export function cutText(text: string, longest: number, note: string): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest - note.length - 2)}\n\n${note}`.replace(/\p{Cs}/gu, '\ufffd');
}
