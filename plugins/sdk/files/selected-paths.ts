import { fromText, type ByteString } from './bytes.js';
import { FileEngineError } from './engine-types.js';
import { isPlainPath, type ManifestEntry } from './manifest.js';

/** Which entries of a manifest are restored. */
export interface Selection {
  has(entry: Pick<ManifestEntry, 'path' | 'type'>): boolean;
  /** The paths that nothing was selected for so far, as they were stated. */
  unmatched(): readonly string[];
}

/**
 * @param paths below `files/`, each a file, a link, or a folder with all that it holds. The folders above them are restored with
 * what is known of them. Undefined: everything.
 * @throws FileEngineError `bad-argument`
 */
export function selectPaths(paths: readonly string[] | undefined): Selection {
  if (!paths) return { has: () => true, unmatched: () => [] };
  const wanted = new Map(paths.map((path): [ByteString, string] => [checked(path), path]));
  const missing = new Set(wanted.keys());
  return {
    has: ({ path, type }) => {
      for (const one of wanted.keys()) {
        if (path === one || path.startsWith(`${one}/`)) {
          missing.delete(one);
          return true;
        }
        if (type === 'directory' && one.startsWith(`${path}/`)) return true;
      }
      return false;
    },
    unmatched: () => [...missing].flatMap((one) => wanted.get(one) ?? []),
  };
}

function checked(path: string): ByteString {
  const plain = fromText(path.replace(/\/+$/, ''));
  if (isPlainPath(plain)) return plain;
  const text = `"${path}" is no path within a snapshot: name it as its manifest does, such as records/srv/letters`;
  throw new FileEngineError('bad-argument', text, path);
}
