import { WardroundError } from '../../shared/errors.js';

/** What may wait for the log at once, of all requests together. */
export interface AdmissionBounds {
  readonly events: number;
  readonly bytes: number;
}

const usualBounds: AdmissionBounds = { events: 10_000, bytes: 16 * 1024 * 1024 };

/**
 * Keeps what waits for the log within bounds: more than this does not fit into memory with good grace, and senders that are
 * told to come later keep it on their side.
 */
export class AppendAdmission {
  private events = 0;
  private bytes = 0;

  constructor(private readonly bounds: AdmissionBounds = usualBounds) {}

  /**
   * Lets events in.
   * @returns what is to be called once they wait no more
   * @throws WardroundError `too-many-requests`
   */
  enter(events: number, bytes: number): () => void {
    if (this.events + events > this.bounds.events || this.bytes + bytes > this.bounds.bytes) {
      throw new WardroundError(
        'too-many-requests',
        `${this.events} events are already waiting to be stored, which is the limit`,
        'Retry later with fewer events per request',
      );
    }
    this.events += events;
    this.bytes += bytes;
    return () => {
      this.events -= events;
      this.bytes -= bytes;
    };
  }
}
