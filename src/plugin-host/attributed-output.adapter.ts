import { AsyncLocalStorage } from 'node:async_hooks';

type Write = (...args: unknown[]) => unknown;

/**
 * Knows of what is printed which call it belongs to: a timer that one call has left behind may still print during the next.
 * What does not belong to the call in progress is dropped.
 */
export class AttributedOutput {
  private readonly calls = new AsyncLocalStorage<number>();
  private inHand: number | null = null;
  private readonly writes: readonly Write[];

  /** @param onForeign something was printed by a call that is over */
  constructor(private readonly onForeign: () => void) {
    this.writes = [process.stdout, process.stderr].map((stream) => this.attribute(stream));
  }

  /** Runs a call: what it prints, and what it starts prints, is its own. */
  run<Result>(call: number, work: () => Result): Result {
    this.inHand = call;
    return this.calls.run(call, work);
  }

  /**
   * The call in progress is over. Resolves once all that it printed, and then the marker, is written to both streams.
   */
  async end(marker: string): Promise<void> {
    this.inHand = null;
    await Promise.all(this.writes.map((write) => new Promise<void>((resolve) => write(marker, () => resolve()))));
  }

  private attribute(stream: NodeJS.WriteStream): Write {
    const original = stream.write.bind(stream);
    const write: Write = (...args) => Reflect.apply(original, undefined, args);
    Reflect.set(stream, 'write', (...args: unknown[]) => {
      if (this.isOfCallInHand()) return write(...args);
      this.onForeign();
      const written = args.at(-1);
      if (typeof written === 'function') process.nextTick(written);
      return true;
    });
    return write;
  }

  /** What Node itself prints, such as a warning, has no call. */
  private isOfCallInHand(): boolean {
    const call = this.calls.getStore();
    return this.inHand !== null && (call === undefined || call === this.inHand);
  }
}
