import { compareBytes, fromText, joinBytes, parentOf, toText, type ByteString } from './bytes.js';
import { FileEngineError, type SourceTrees } from './engine-types.js';
import { isPlainPath } from './manifest.js';
import type { Metadata } from './metadata.js';
import { checkName } from './places.js';
import { OriginsOfTree, type ItemOrigin } from './source-counts.js';
import { scanTree, type ScannedItem, type ScanOptions } from './scan.js';

/** What is to stand at a path of the snapshot. */
export type GatheredItem = (ScannedItem & { readonly origin: ItemOrigin }) | (Metadata & ImplicitFolder);

/** A folder that no tree has as such, above one that stands at `srv/records`. */
interface ImplicitFolder {
  readonly type: 'directory';
  readonly from: null;
  /** Below `files/`. */
  readonly path: ByteString;
}

/**
 * All that the sources' trees hold, with `path` below `files/`, in the order of the manifest.
 * @param implicit the metadata of folders that no tree has as such.
 * @throws FileEngineError `exists` if two different things would stand at one path; `bad-argument` for a name or `as` that leads astray.
 */
export function gather(sources: readonly SourceTrees[], implicit: Metadata, options: ScanOptions): GatheredItem[] {
  const items = new Map<ByteString, GatheredItem>();
  for (const { source, trees } of sources) {
    addFolders(items, checkName(source), implicit);
    const usedExclusions = new Set<string>();
    for (const tree of trees) {
      checkAs(tree.as);
      const origins = new OriginsOfTree(source, tree);
      for (const scanned of scanTree(tree, { ...options, usedExclusions })) {
        const path = joinBytes(source, scanned.path);
        addFolders(items, parentOf(path), implicit);
        add(items, { ...scanned, path, origin: origins.of(scanned.from, scanned.device, scanned.inode) });
      }
    }
    noticeUnused(source, trees, usedExclusions, options);
  }
  return [...items.values()].sort((a, b) => compareBytes(a.path, b.path));
}

const mostNamed = 10;

/** An exclusion without effect may be a mistake: what was to stay out is in every snapshot. */
function noticeUnused(
  source: string,
  trees: SourceTrees['trees'],
  used: ReadonlySet<string>,
  { onNotice }: ScanOptions,
): void {
  const unused = [...new Set(trees.flatMap(({ exclude }) => exclude))].filter((each) => each !== '' && !used.has(each));
  if (unused.length === 0) return;
  const named = unused.slice(0, mostNamed).map((each) => `"${each}"`);
  const more = unused.length > mostNamed ? ` and ${unused.length - mostNamed} more` : '';
  const fromTop = unused.find((each) => /^[^/*]+\/./.test(each));
  const hint =
    fromTop === undefined ? '' : `. "${fromTop}" counts from the top of each path; at any depth it is "**/${fromTop}"`;
  const place = trees[0]?.path ?? '';
  onNotice({
    level: 'info',
    place,
    text: `${source}: nothing matched the exclusions ${named.join(', ')}${more}${hint}`,
  });
}

function addFolders(items: Map<ByteString, GatheredItem>, path: ByteString, implicit: Metadata): void {
  if (path === '' || items.get(path)?.type === 'directory') return;
  addFolders(items, parentOf(path), implicit);
  add(items, { ...implicit, type: 'directory', from: null, path });
}

/** Folders of one path become one folder, with the metadata of the first that really exists. */
function add(items: Map<ByteString, GatheredItem>, item: GatheredItem): void {
  const there = items.get(item.path);
  if (!there) {
    items.set(item.path, item);
  } else if (there.from !== null && there.from === item.from) {
    // One tree lies within another: it is the same thing, met twice.
    return;
  } else if (there.type === 'directory' && item.type === 'directory') {
    if (there.from === null) items.set(item.path, item);
  } else {
    const what = [there, item].map(({ from }) => (from === null ? 'a folder' : toText(from))).join(' and ');
    throw new FileEngineError('exists', `${what} would both be stored as ${toText(item.path)}`, toText(item.path));
  }
}

function checkAs(as: string): void {
  if (as === '' || isPlainPath(fromText(as))) return;
  throw new FileEngineError('bad-argument', `"${as}" is no relative path within a snapshot`);
}
