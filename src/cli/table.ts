/**
 * Rows as lines with aligned columns, two spaces apart. The last column is not filled up, so that no line ends in spaces.
 * @param right the columns, from 0, that are aligned to the right
 */
export function tableLines(rows: readonly (readonly string[])[], right: readonly number[] = []): readonly string[] {
  const widths = rows.reduce<number[]>((known, row) => {
    row.forEach((cell, column) => (known[column] = Math.max(known[column] ?? 0, visibleLength(cell))));
    return known;
  }, []);
  return rows.map((row) =>
    row
      .map((cell, column) => fill(cell, widths[column] ?? 0, right.includes(column)))
      .join('  ')
      .trimEnd(),
  );
}

function fill(cell: string, width: number, right: boolean): string {
  const spaces = ' '.repeat(Math.max(0, width - visibleLength(cell)));
  return right ? spaces + cell : cell + spaces;
}

/** Characters that take a place on the screen: colours take none. */
export function visibleLength(text: string): number {
  return [...text.replace(/\u001b\[[0-9;]*m/g, '')].length;
}
