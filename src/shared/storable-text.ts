/**
 * PostgreSQL's texts cannot hold the character 0, which a program's output may: it becomes the sign for what is not a
 * character.
 */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}
