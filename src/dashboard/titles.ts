import type { Ward } from '../ward/ward.js';
import { nameAsTitle } from './humanise.js';

export type ServerTitles = (site: string, server: string) => string;

/** The titles of servers, with the name itself for one that has none, or is not there any more. */
export function serverTitles(
  servers: readonly { readonly site: string; readonly server: string; readonly title: string | null }[],
): ServerTitles {
  const titles = new Map(servers.map(({ site, server, title }) => [`${site}.${server}`, title]));
  return (site, server) => titles.get(`${site}.${server}`) ?? nameAsTitle(server);
}

export type JobTitles = (job: { readonly site: string; readonly server: string; readonly job: string }) => string;

/** The titles of jobs, with the name itself for one that has none, or is not defined any more. */
export function jobTitles({ servers }: Pick<Ward, 'servers'>): JobTitles {
  const titles = new Map(
    servers.flatMap(({ jobs }) =>
      jobs.map(({ site, server, definition }) => [`${site}.${server}.${definition.name}`, definition.title] as const),
    ),
  );
  return ({ site, server, job }) => titles.get(`${site}.${server}.${job}`) ?? nameAsTitle(job);
}
