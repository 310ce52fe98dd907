import type { SnapshotRow } from '../backups/views/snapshots/snapshots.entity.js';
import { localCopyName } from '../backups/backups.events.js';
import { snapshotMoment } from '../shared/snapshot-times.js';
import {
  bytesText,
  count,
  moment,
  nameAsTitle,
  optionalMoment,
  type Count,
  type Here,
  type Moment,
} from './humanise.js';
import type { ServerTitles } from './cards.js';
import type { Ward } from '../ward/ward.js';
import type { JobTitles } from './status-strip.js';

/** Where the next part of a list is; empty at its end. */
export interface Pager {
  readonly nextHref: string;
  /** True on every part but the first. */
  readonly later: boolean;
  readonly firstHref: string;
}

/** @param next the key behind which the list goes on, each part as one parameter of the address */
export function pager(
  path: string,
  filter: Readonly<Record<string, string | undefined>>,
  next: object | null,
  later: boolean,
): Pager {
  return {
    nextHref: next === null ? '' : href(path, { ...filter, ...Object.fromEntries(Object.entries(next)) }),
    later,
    firstHref: href(path, filter),
  };
}

/** An address with those parameters that have a value. */
export function href(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? path : `${path}?${given.join('&')}`;
}

/** A choice that narrows a list. */
export interface FilterLink {
  /** A word of the template's; used where there is no label. */
  readonly name: string;
  readonly label: string;
  readonly href: string;
  readonly chosen: boolean;
}

interface RunFilter {
  readonly job?: string | undefined;
  readonly outcome?: string | undefined;
}

export function outcomeLinks(filter: RunFilter): FilterLink[] {
  const link = (name: string, outcome: string | undefined): FilterLink => ({
    name,
    label: '',
    href: href('/runs', { ...filter, outcome }),
    chosen: filter.outcome === outcome,
  });
  return [
    link('all', undefined),
    ...['succeeded', 'suspicious', 'failed', 'running'].map((outcome) => link(outcome, outcome)),
  ];
}

/** One link for each job, and one for all; none where there is nothing to choose. A job's name may stand on several servers. */
export function jobLinks(path: string, { servers }: Pick<Ward, 'servers'>, filter: RunFilter): FilterLink[] {
  const jobs = new Map(servers.flatMap((server) => server.jobs.map(({ definition }) => [definition.name, definition])));
  if (jobs.size < 2 && filter.job === undefined) return [];
  const link = (name: string, label: string, job: string | undefined): FilterLink => ({
    name,
    label,
    href: href(path, { ...filter, job }),
    chosen: filter.job === job,
  });
  return [
    link('all-jobs', '', undefined),
    ...[...jobs].map(([name, { title }]) => link(name, title ?? nameAsTitle(name), name)),
  ];
}

/** One moment at which a job was backed up, with the places that hold it. */
export interface SnapshotCard {
  readonly name: string;
  readonly at: Moment | null;
  readonly jobTitle: string;
  readonly server: string;
  readonly runId: string;
  readonly files: Count;
  readonly size: string;
  readonly places: readonly {
    readonly destination: string;
    readonly isLocalCopy: boolean;
    readonly place: string;
    readonly verifiedAt: Moment;
  }[];
}

/** Snapshots of one run stand together: one line, several places. Rows come newest first, those of one time adjoining. */
export function snapshotCards(
  rows: readonly SnapshotRow[],
  titles: { readonly job: JobTitles; readonly server: ServerTitles },
  here: Here,
): SnapshotCard[] {
  const groups = new Map<string, SnapshotRow[]>();
  for (const row of rows) {
    const key = [row.snapshot, row.site, row.server, row.job].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    if (!first) return [];
    return [
      {
        name: first.snapshot,
        at: optionalMoment(snapshotMoment(first.snapshot), here),
        jobTitle: titles.job(first),
        server: titles.server(first.site, first.server),
        runId: first.runId,
        files: count(first.files, here),
        size: bytesText(first.bytes, here),
        places: [...group].sort(localCopyFirst).map(({ destination, place, verifiedAt }) => ({
          destination,
          isLocalCopy: destination === localCopyName,
          place,
          verifiedAt: moment(verifiedAt, here),
        })),
      },
    ];
  });
}

function localCopyFirst(a: SnapshotRow, b: SnapshotRow): number {
  return Number(b.destination === localCopyName) - Number(a.destination === localCopyName);
}
