import { describe, expect, it } from '@jest/globals';
import { bytesText, countText } from './quantity.js';

describe('quantities for people', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [12_345, '12 kB'],
    [213_000, '213 kB'],
    [1_230_000_000, '1.2 GB'],
    [8e18, '8,000 PB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it('are written as the locale does', () => {
    expect(bytesText(1_234_567_890, 'de')).toBe('1,2 GB');
    expect(countText(20_000, 'Datei', 'Dateien', 'de')).toBe('20.000 Dateien');
    expect(countText(1, 'file')).toBe('1 file');
  });
});
