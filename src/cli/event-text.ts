import { sayingOfEvent } from '../capabilities.js';
import type { Saying } from '../event-log/saying.js';
import { parseServerKey } from '../shared/names.js';
import type { LoggedEvent } from './answers.js';
import { plain, secondText, terminalReader } from './format.js';
import { withLocalTimes } from '../shared/snapshot-times.js';
import { shortestServerText, type ServerAddress } from '../shared/address.js';
import type { Paint } from './style.js';

/** One event in one line: `2026-11-22 02:00:07  reception  backup records succeeded in 4 s  (timetable)`. */
export function eventText(
  event: LoggedEvent,
  servers: readonly ServerAddress[],
  { timeZone, paint }: { readonly timeZone: string; readonly paint: Paint },
): string {
  const { text, tone } = sayingOf(event);
  const server = parseServerKey(event.partitionkey);
  const about = server === null ? '-' : shortestServerText(server, servers);
  const said = withLocalTimes(plain(text), terminalReader(timeZone));
  const by = event.actor === undefined ? '' : `  (${plain(event.actor)})`;
  return `${secondText(event.time, timeZone)}  ${plain(about)}  ${tone === undefined ? said : paint(tone, said)}${by}`;
}

function sayingOf(event: LoggedEvent): Saying {
  // A newer program may have written types or data that this one does not know.
  return sayingOfEvent(event) ?? { text: `${event.type} ${event.subject}` };
}
