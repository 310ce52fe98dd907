import type { Ward } from '../ward/ward.js';
import { isNamedBy, shortestText } from '../shared/address.js';
import { jobTitlesApart } from './titles.js';

/** So many items are on one part of a list. */
export const itemsPerPage = 50;

/** Where the next part of a list is; empty at its end. */
export interface Pager {
  readonly nextHref: string;
  /** True on every part but the first. */
  readonly later: boolean;
  readonly firstHref: string;
}

/** @param next the key behind which the list continues, each part as one parameter of the address */
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

/** What narrows a list. */
export interface ListFilter {
  readonly job?: string | undefined;
  readonly outcome?: string | undefined;
}

/**
 * One link for each job, and one for all; none where there is nothing to choose. An address that someone keeps may name a job
 * by what several are called: all of them are chosen then.
 */
export function jobLinks(path: string, ward: Pick<Ward, 'servers'>, filter: ListFilter): FilterLink[] {
  const jobs = ward.servers.flatMap((server) =>
    server.jobs.map(({ site, server, definition }) => ({ site, server, name: definition.name })),
  );
  if (jobs.length < 2 && filter.job === undefined) return [];
  const titleOf = jobTitlesApart(ward);
  const all = { name: 'all-jobs', label: '', href: href(path, { ...filter, job: undefined }) };
  return [
    { ...all, chosen: filter.job === undefined },
    ...jobs.map((job): FilterLink => {
      const text = shortestText(job, jobs);
      return {
        name: text,
        label: titleOf({ ...job, job: job.name }),
        href: href(path, { ...filter, job: text }),
        chosen: filter.job !== undefined && isNamedBy([filter.job], job),
      };
    }),
  ];
}
