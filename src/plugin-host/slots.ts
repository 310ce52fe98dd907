/** Gives a limited number of places, first come first served. */
export class Slots {
  private taken = 0;
  private lent = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param mostLent so many may lend their places at once */
  constructor(
    private readonly size: number,
    private readonly mostLent = 4 * size,
  ) {}

  /** Resolves with true once a place is free, or with false if the signal fires before. Give every place back with `free`. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.taken < this.size) {
      this.taken++;
      return true;
    }
    return new Promise((resolve) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        resolve(false);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      this.waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** Gives a place back: to the one that waits longest, if one does. */
  free(): void {
    const next = this.taken <= this.size ? this.waiting.shift() : undefined;
    if (next) next();
    else this.taken--;
  }

  /** Gives a place back for the time in which nothing is done with it. False: too many have done so, and it is kept. */
  lend(): boolean {
    if (this.lent >= this.mostLent) return false;
    this.lent++;
    this.free();
    return true;
  }

  /** Ends the lending: the place is taken again at once, also where all are taken meanwhile. */
  takeBack(): void {
    this.lent--;
    this.taken++;
  }
}

/** One place for the time of a call. While the call is quiet, such as on a share that hangs, another may have it. */
export class Place {
  private isLent = false;

  constructor(private readonly slots: Slots) {}

  take(signal: AbortSignal): Promise<boolean> {
    return this.slots.take(signal);
  }

  quiet(quiet: boolean): void {
    if (quiet && !this.isLent) this.isLent = this.slots.lend();
    else if (!quiet && this.isLent) this.end();
  }

  free(): void {
    if (this.isLent) this.end();
    this.slots.free();
  }

  private end(): void {
    this.isLent = false;
    this.slots.takeBack();
  }
}
