import type { ByteString } from './bytes.js';

/**
 * One line of `SHA256SUMS`, line feed included, as GNU `sha256sum` writes and `sha256sum -c` reads it: a name with a
 * backslash, line feed or carriage return has these escaped, and a backslash before the sum says so.
 */
export function formatChecksumLine(sha256: string, path: ByteString): ByteString {
  const escaped = path.replace(/[\\\n\r]/g, (byte) => (byte === '\\' ? '\\\\' : byte === '\n' ? '\\n' : '\\r'));
  return `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n`;
}

/** The inverse of {@link formatChecksumLine}, without the line feed; null if it is no such line. */
export function parseChecksumLine(line: ByteString): { sha256: string; path: ByteString } | null {
  const match = /^(\\?)([0-9a-f]{64}) [ *]([^\n]+)$/.exec(line);
  if (!match?.[2] || !match[3]) return null;
  if (match[1] === '') return { sha256: match[2], path: match[3] };
  if (!/^(?:[^\\]|\\[\\nr])*$/.test(match[3])) return null;
  const path = match[3].replace(/\\([\\nr])/g, (_, letter) => (letter === 'n' ? '\n' : letter === 'r' ? '\r' : '\\'));
  return { sha256: match[2], path };
}
