import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';

const chunkBytes = 256 * 1024;
/** No path is so long that a line of a manifest is longer; a file without a line feed is none. */
const longestLine = 1024 * 1024;

/** The lines of a file from its beginning, without their line feeds, as they are asked for: never more of it than a chunk is held. */
export function* readLines(
  fd: number,
  onChunk: (chunk: Buffer) => void = () => undefined,
  encoding: 'utf8' | 'latin1' = 'utf8',
): Generator<string, void, undefined> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let rest: Buffer = Buffer.alloc(0);
  for (let position = 0; ;) {
    const length = readSync(fd, buffer, 0, buffer.length, position);
    if (length === 0) break;
    position += length;
    const chunk = buffer.subarray(0, length);
    onChunk(chunk);
    const end = chunk.lastIndexOf(10);
    if (end < 0) {
      rest = Buffer.concat([rest, chunk]);
      if (rest.length > longestLine) break;
      continue;
    }
    // A chunk ends anywhere, also within a character.
    const whole = Buffer.concat([rest, chunk.subarray(0, end)]);
    rest = Buffer.from(chunk.subarray(end + 1));
    yield* whole.toString(encoding).split('\n');
  }
  if (rest.length > 0) yield rest.toString(encoding);
}

/** In hex, of a whole file. */
export function sha256OfFile(fd: number): string {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = 0; ;) {
    const length = readSync(fd, buffer, 0, buffer.length, position);
    if (length === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, length));
    position += length;
  }
}
