import type { ServerAddress } from '../shared/address.js';
import { serverSchema } from './answers.js';
import type { Work } from './command.js';

/** The servers that there are: where two sites have one of the same name, each is named with its site. */
export async function definedServers({ client }: Pick<Work, 'client'>): Promise<readonly ServerAddress[]> {
  return (await client.all('servers', serverSchema)).map(({ site, name }) => ({ site, server: name }));
}
