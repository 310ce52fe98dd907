import { FileEngineError } from './engine-types.js';
import type { Gauge } from './gauge.js';

/** A disk that spins up, or a share whose server is started again, is still for minutes; longer, and it is not there. */
export const longestStillnessMs = 10 * 60_000;
/** Writing what a slow drive has in its memory may take long and shows nothing meanwhile. */
const longestSyncMs = 60 * 60_000;
const syncBeatMs = 1000;

/** Notices when nothing moves any more. */
export class StallWatch {
  private pulse = 0n;
  private movedAt = performance.now();

  constructor(
    private readonly gauge: Gauge,
    private readonly limitMs: number,
  ) {}

  /** Call it a few times a second. @returns why the operation has to be given up; null while it moves */
  look(): FileEngineError | null {
    const now = performance.now();
    const pulse = this.gauge.pulse();
    if (pulse !== this.pulse) {
      this.pulse = pulse;
      this.movedAt = now;
    }
    return now - this.movedAt < this.limitMs ? null : stalled(this.gauge.places().at(-1) ?? '', this.limitMs);
  }
}

export function stalled(place: string, limitMs: number): FileEngineError {
  const at = place === '' ? '' : ` at ${place}`;
  const text = `no progress for ${durationText(limitMs)}${at}: check that the disk or share is connected and responding`;
  return new FileEngineError('stalled', text, place);
}

/** Lets work take its time that cannot say how far it is, but not forever. */
export async function patiently<Result>(gauge: Gauge, work: Promise<Result>): Promise<Result> {
  const until = performance.now() + longestSyncMs;
  const beating = setInterval(() => {
    if (performance.now() < until) gauge.beat();
  }, syncBeatMs);
  try {
    return await work;
  } finally {
    clearInterval(beating);
  }
}

function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const minutes = Math.round(seconds / 60);
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return `${minutes} minutes`;
}
