/** Gives a limited number of places, first come first served. */
export class Slots {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly size: number) {}

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
    const next = this.waiting.shift();
    if (next) next();
    else this.taken--;
  }
}
