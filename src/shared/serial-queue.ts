/** Runs one piece of work after the other, in the order they came. */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve();

  /** Settles as the work does; a failed piece does not hold up the next. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(ignoredHereSinceTheCallerGetsIt);
    return result;
  }

  /** Resolves when all that was in the queue has been done. */
  async drained(): Promise<void> {
    await this.last;
  }
}

function ignoredHereSinceTheCallerGetsIt(): void {
  return undefined;
}
