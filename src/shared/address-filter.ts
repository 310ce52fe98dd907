import { parsePattern, parseServerPattern, type ServerAddress } from './address.js';

/** What narrows a list to what stands at some addresses. Where several are given, all of them count. */
export interface AddressFilter {
  readonly site?: string | undefined;
  /** `<server>`, or `<site>/<server>`. */
  readonly server?: string | undefined;
  /** A job or a check-up: `<name>`, `<server>/<name>` or `<site>/<server>/<name>`. */
  readonly name?: string | undefined;
}

export interface AddressCondition {
  readonly part: 'site' | 'server' | 'name';
  readonly is: string;
}

/** What a filter asks of each part of an address. A text that calls nothing matches nothing. */
export function conditionsOf({ site, server, name }: AddressFilter): readonly AddressCondition[] {
  const ofServer = server === undefined ? {} : (parseServerPattern(server) ?? { server: '' });
  const ofName = name === undefined ? {} : (parsePattern(name) ?? { name: '' });
  return [...partsOf({ site: site ?? null }), ...partsOf(ofServer), ...partsOf(ofName)];
}

function partsOf(parts: Partial<Readonly<Record<AddressCondition['part'], string | null>>>): AddressCondition[] {
  return (['site', 'server', 'name'] as const).flatMap((part) => {
    const is = parts[part] ?? null;
    return is === null ? [] : [{ part, is }];
  });
}

/** Whether a filter takes what stands at an address; what has no name is a server. */
export function takes(filter: AddressFilter, address: ServerAddress & { readonly name?: string }): boolean {
  return conditionsOf(filter).every(({ part, is }) => address[part] === is);
}
