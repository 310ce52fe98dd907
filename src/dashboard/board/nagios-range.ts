/**
 * The bounds in a Nagios range, https://nagios-plugins.org/doc/guidelines.html#THRESHOLDFORMAT: `10` alerts outside of
 * 0 to 10, `10:` below 10, `~:10` above 10, `10:20` outside of 10 to 20; a leading `@` turns it around.
 * @returns where the value passes from good to bad, for lines in a chart; empty if the text is not a range
 */
export function boundsOf(range: string): readonly number[] {
  const match = /^@?(?:(~|-?[0-9.]+)?:)?(-?[0-9.]+)?$/.exec(range.trim());
  if (!match) return [];
  return [match[1], match[2]]
    .filter((text) => text !== undefined && text !== '~')
    .map(Number)
    .filter(Number.isFinite);
}
