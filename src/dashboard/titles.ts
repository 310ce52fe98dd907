import { titleApart, type ServerAddress } from '../shared/address.js';
import type { Ward } from '../ward/ward.js';
import { nameAsTitle } from './humanise.js';

export type ServerTitles = (site: string, server: string) => string;

/**
 * The titles of servers, with the name itself for one that has none, or is not there any more. Where several are called the
 * same, the site tells them apart: `Reception (north)`.
 */
export function serverTitles(
  servers: readonly { readonly site: string; readonly server: string; readonly title: string | null }[],
): ServerTitles {
  const titles = new Map(servers.map(({ site, server, title }) => [`${site}.${server}`, title]));
  const titleOf = ({ site, server }: ServerAddress): string => titles.get(`${site}.${server}`) ?? nameAsTitle(server);
  return (site, server) => titleApart({ site, server }, servers, titleOf, titleOf({ site, server }));
}

interface JobAddress extends ServerAddress {
  readonly job: string;
}

export type JobTitles = (job: JobAddress) => string;

/** The titles of jobs, with the name itself for one that has none, or is not defined any more. */
export function jobTitles({ servers }: Pick<Ward, 'servers'>): JobTitles {
  const titles = new Map(
    servers.flatMap(({ jobs }) =>
      jobs.map(({ site, server, definition }) => [`${site}.${server}.${definition.name}`, definition.title] as const),
    ),
  );
  return ({ site, server, job }) => titles.get(`${site}.${server}.${job}`) ?? nameAsTitle(job);
}

/** The same where no server stands beside it: of several jobs with one title, each is named with its server. */
export function jobTitlesApart(ward: Pick<Ward, 'servers'>): JobTitles {
  const titleOf = jobTitles(ward);
  const serverTitle = serverTitles(ward.servers);
  const all = ward.servers.flatMap(({ jobs }) =>
    jobs.map(({ site, server, definition }) => ({ site, server, job: definition.name })),
  );
  return (job) => {
    const title = titleOf(job);
    const isOther = (one: JobAddress) => one.site !== job.site || one.server !== job.server || one.job !== job.job;
    const isShared = all.some((one) => isOther(one) && titleOf(one) === title);
    return isShared ? onServer(title, serverTitle(job.site, job.server)) : title;
  };
}

/** A title of something, and where it is. */
export interface Titled extends ServerAddress {
  readonly title: string;
}

/** What things are called together: those with the same title are distinguished by their servers. */
export function titlesApart(things: readonly Titled[], serverTitle: ServerTitles): readonly string[] {
  return things.map(({ title, site, server }) => {
    const isShared = things.some((one) => one.title === title && (one.site !== site || one.server !== server));
    return isShared ? onServer(title, serverTitle(site, server)) : title;
  });
}

function onServer(title: string, server: string): string {
  return `${title} on ${server}`;
}
