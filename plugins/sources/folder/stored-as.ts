/** The part of `node:path` that is needed: that of the computer, or another's in tests. */
interface PathRules {
  readonly sep: string;
  parse(path: string): { readonly root: string };
}

/**
 * Where a folder is in a snapshot: its absolute path without the root, so that two folders never meet and everyone sees
 * where it came from. `/srv/records` is `srv/records`, `C:\Data` is `C/Data`, `\\server\share\x` is `server/share/x`.
 */
export function storedAs(path: string, rules: PathRules): string {
  const { root } = rules.parse(path);
  const separator = rules.sep === '\\' ? /[\\/]/ : '/';
  const drive = rules.sep === '\\' ? root.split(/[:\\/]/) : [];
  return [...drive, ...path.slice(root.length).split(separator)].filter((segment) => segment !== '').join('/');
}
