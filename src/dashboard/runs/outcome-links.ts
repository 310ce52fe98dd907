import { href, type FilterLink, type ListFilter } from '../lists.js';

export function outcomeLinks(filter: ListFilter): FilterLink[] {
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
