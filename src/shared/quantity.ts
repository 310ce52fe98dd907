const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `0 B`, `812 kB`, `1.4 GB`: powers of 1000, as disks are sold; three digits at most. */
export function bytesText(bytes: number, locale = 'en'): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = value < 9.95 && unit > 0 ? 1 : 0;
  const number = value.toLocaleString(locale, { maximumFractionDigits: digits });
  return `${bytes < 0 ? '−' : ''}${number} ${byteUnits[unit] ?? ''}`;
}

/** `1 file`, `20,000 files`. */
export function countText(count: number, one: string, several = `${one}s`, locale = 'en'): string {
  return `${count.toLocaleString(locale)} ${count === 1 ? one : several}`;
}
