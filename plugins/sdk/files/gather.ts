import type { SourceTree } from '../plugin.js';
import { compareBytes, fromText, joinBytes, parentOf, toText, type ByteString } from './bytes.js';
import { FileEngineError, type SourceTrees } from './engine-types.js';
import { isPlainPath } from './manifest.js';
import type { Metadata } from './metadata.js';
import { checkName } from './places.js';
import { OriginsOfTree, type ItemOrigin } from './source-counts.js';
import { scanTree, type ScannedItem, type ScanOptions } from './scan.js';

/** What is to be at a path of the snapshot. */
export type GatheredItem = (ScannedItem & { readonly origin: ItemOrigin }) | (Metadata & ImplicitFolder);

/** A folder that no tree has as such, above one that is at `srv/records`. */
interface ImplicitFolder {
  readonly type: 'directory';
  readonly from: null;
  /** Below `files/`. */
  readonly path: ByteString;
}

/**
 * All that the sources' trees hold, with `path` below `files/`, in the order of the manifest: one after the other, as it is
 * asked for.
 * @param implicit the metadata of folders that no tree has as such.
 * @throws FileEngineError `exists` if two different things would be at one path; `bad-argument` for a name or `as` that leads astray.
 */
export function* gather(
  sources: readonly SourceTrees[],
  implicit: Metadata,
  options: ScanOptions,
): Generator<GatheredItem, void, undefined> {
  const streams: Stream[] = [];
  const used = new Map<string, Set<string>>();
  for (const { source, trees } of sources) {
    const usedExclusions = used.get(checkName(source)) ?? new Set<string>();
    used.set(source, usedExclusions);
    for (const tree of trees) {
      checkAs(tree.as);
      const items = (): Iterator<GatheredItem, void, undefined> =>
        scanInto(source, tree, { ...options, usedExclusions });
      streams.push({ from: joinBytes(source, fromText(tree.as)), items });
    }
    streams.push(foldersAbove(source, trees, implicit));
  }
  yield* merged(streams);
  for (const { source, trees } of sources) noticeUnused(source, trees, used.get(source) ?? new Set(), options);
}

function* scanInto(source: string, tree: SourceTree, options: ScanOptions): Generator<GatheredItem, void, undefined> {
  const origins = new OriginsOfTree(source, tree);
  for (const scanned of scanTree(tree, options)) {
    const origin = origins.of(scanned.from, scanned.device, scanned.inode);
    // There may be millions of them, and spreading takes several times as long.
    yield Object.assign(scanned, { path: joinBytes(source, scanned.path), origin });
  }
}

/** The source's own folder, and those that the trees' `as` are in. */
function foldersAbove(source: string, trees: readonly SourceTree[], implicit: Metadata): Stream {
  const paths = new Set<ByteString>([source]);
  for (const { as } of trees) {
    for (let path = parentOf(joinBytes(source, fromText(as))); path !== ''; path = parentOf(path)) paths.add(path);
  }
  const folders = [...paths]
    .sort(compareBytes)
    .map((path) => ({ ...implicit, type: 'directory', from: null, path }) as const);
  return { from: source, items: () => folders.values() };
}

/** Items in the order of their paths, none of which is before `from`. It is started only when that is reached. */
interface Stream {
  readonly from: ByteString;
  readonly items: () => Iterator<GatheredItem, void, undefined>;
}

interface Begun {
  readonly items: Iterator<GatheredItem, void, undefined>;
  next: GatheredItem;
}

/** The items of all streams in the order of their paths, and one where several are at one path. */
function* merged(streams: readonly Stream[]): Generator<GatheredItem, void, undefined> {
  const waiting = streams
    .map((stream, order) => ({ ...stream, order }))
    .sort((a, b) => compareBytes(b.from, a.from) || b.order - a.order);
  const begun: Begun[] = [];
  try {
    for (;;) {
      const lowest = lowestOf(begun);
      const next = waiting.at(-1);
      if (next && (lowest === null || next.from <= lowest)) {
        waiting.pop();
        begin(begun, next.items());
        continue;
      }
      if (lowest === null) return;
      yield takeAt(begun, lowest);
    }
  } finally {
    for (const { items } of begun) items.return?.();
  }
}

function begin(begun: Begun[], items: Iterator<GatheredItem, void, undefined>): void {
  const first = items.next();
  if (!first.done) begun.push({ items, next: first.value });
}

function lowestOf(begun: readonly Begun[]): ByteString | null {
  return begun.reduce<ByteString | null>(
    (lowest, { next: { path } }) => (lowest === null || path < lowest ? path : lowest),
    null,
  );
}

function takeAt(begun: Begun[], path: ByteString): GatheredItem {
  let item: GatheredItem | null = null;
  for (const stream of begun.filter(({ next }) => next.path === path)) {
    item = item === null ? stream.next : together(item, stream.next);
    const next = stream.items.next();
    if (next.done) begun.splice(begun.indexOf(stream), 1);
    else stream.next = next.value;
  }
  if (item === null) throw new Error(`nothing was gathered at ${toText(path)}`);
  return item;
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
    fromTop === undefined
      ? ''
      : `. "${fromTop}" is relative to the top of each path; to match at any depth, use "**/${fromTop}"`;
  const place = trees[0]?.path ?? '';
  onNotice({
    level: 'info',
    place,
    text: `${source}: no file matched the exclusions ${named.join(', ')}${more}${hint}`,
  });
}

/** Folders of one path become one folder, with the metadata of the first that really exists. */
function together(there: GatheredItem, item: GatheredItem): GatheredItem {
  // One tree is within another: it is the same thing, met twice.
  if (there.from !== null && there.from === item.from) return there;
  if (there.type === 'directory' && item.type === 'directory') return there.from === null ? item : there;
  const what = [there, item].map(({ from }) => (from === null ? 'a folder' : toText(from))).join(' and ');
  const place = toText(item.path);
  throw new FileEngineError('exists', `${what} would both be stored as ${place}`, place);
}

function checkAs(as: string): void {
  if (as === '' || isPlainPath(fromText(as))) return;
  throw new FileEngineError('bad-argument', `"${as}" is not a relative path within a snapshot`);
}
