import { ComeLater } from '../problems.js';
import { bodyLimitBytes, bodyRoom, type ConnectionLimits } from './request-limits.js';

/** What a request says of itself before its body. */
export interface Arriving {
  readonly method: string;
  readonly url: string;
  /** `Content-Length`; undefined where there is none. */
  readonly length: string | undefined;
  /** Whether a body comes in chunks, of which no one knows how many. */
  readonly chunked: boolean;
}

/** What of this process a request holds until it is answered. */
interface Room {
  readonly name: string;
  readonly most: number;
  readonly takes: number;
}

/** Room for what requests hold while they are open: memory for bodies that arrive, places for those who wait for news. */
export class RequestRooms {
  private readonly taken = new Map<string, number>();

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly refused: (what: string) => void = () => undefined,
  ) {}

  /**
   * Lets a request in.
   * @returns what is to be called once its body is there, and once it is answered; both may be called more than once
   * @throws ComeLater `overloaded` if there is no room for it
   */
  enter(arriving: Arriving): { readonly arrived: () => void; readonly answered: () => void } {
    const held = this.take(heldOpen(arriving, this.limits), 'open');
    try {
      return { arrived: this.take(bodyOf(arriving), 'in progress'), answered: held };
    } catch (error) {
      held();
      throw error;
    }
  }

  private take(room: Room | null, how: string): () => void {
    if (room === null) return () => undefined;
    const { name, most, takes } = room;
    const taken = this.taken.get(name) ?? 0;
    if (taken + takes > most) {
      this.refused(`too many ${name} ${how}`);
      throw new ComeLater('overloaded', `too many ${name} are ${how}`, 'Retry later', 5);
    }
    this.taken.set(name, taken + takes);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.taken.set(name, (this.taken.get(name) ?? 0) - takes);
    };
  }
}

function heldOpen({ method, url }: Arriving, limits: ConnectionLimits): Room | null {
  if (method !== 'GET') return null;
  const [path, query = ''] = url.split('?');
  if (path === '/live') return { name: 'live updates', most: limits.liveUpdates, takes: 1 };
  const waits = path === '/api/v1/events' && /(?:^|&)wait=0*[1-9]/.test(query);
  return waits ? { name: 'waiting reads', most: limits.waitingReads, takes: 1 } : null;
}

function bodyOf({ length, chunked }: Arriving): Room | null {
  const stated = chunked ? bodyLimitBytes : Number(length ?? 0);
  // What is longer than any may be is refused before a byte of it is read.
  if (!(stated > 0) || stated > bodyLimitBytes) return null;
  return stated <= bodyRoom.smallBytes
    ? { name: 'small bodies', most: bodyRoom.ofSmallOnes, takes: stated }
    : { name: 'large bodies', most: bodyRoom.ofLargeOnes, takes: stated };
}
