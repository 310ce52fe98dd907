import { z } from 'zod';
import type { About } from './notifications.events.js';

const address = z.record(z.string(), z.string());
const flatAbout = z.looseObject({ kind: z.string() });
const oldMessage = z.looseObject({ about: z.array(flatAbout) });

/** Version 1 of `message.decided` could be about runs only. */
const oldestMessage = z.looseObject({ runs: z.array(z.looseObject({})) });

export function fromDecidedV1(old: unknown): unknown {
  const { runs, ...rest } = oldestMessage.parse(old);
  return { ...rest, about: runs.map((run) => ({ kind: 'run', ...run })), inPlaceOf: null };
}

/** In version 2 the address of a thing was beside its kind. */
export function fromDecidedV2(old: unknown): unknown {
  const { about, ...rest } = oldMessage.parse(old);
  return { ...rest, about: about.map(fromFlat) };
}

/** What a message is about, also where a version that is still running beside this one has stored it as it was once. */
export function readableAbout(stored: readonly About[]): readonly About[] {
  return stored.map((one) => ('ref' in one ? one : fromFlat(flatAbout.parse(one))));
}

function fromFlat({ kind, ...ref }: z.infer<typeof flatAbout>): About {
  return { kind, ref: address.parse(ref) };
}
