import { sleep } from '../shared/sleep.adapter.js';
import { exitCodes } from './exit-codes.js';
import type { Transport } from './transport.js';

const signals = ['SIGINT', 'SIGTERM'] as const;
/** npm passes on the Ctrl-C that the terminal has told all its processes: one press of the keys then comes twice. */
const onePressMs = 500;

/** Ctrl-C, and the request to end: the first asks the command to come to its end, the second ends the process at once. */
export class Interruption {
  private readonly controller = new AbortController();
  private kind: Transport['kind'] = 'process';
  private askedAt: number | null = null;

  private constructor(private readonly whatItDoes: 'nothing' | 'ends' | 'ends-unless-alone') {}

  /** Of a command that is simply ended, as programs are. */
  static plain(): Interruption {
    return new Interruption('nothing');
  }

  /** Of a command that comes to its end when it is interrupted. */
  static ends(): Interruption {
    return new Interruption('ends');
  }

  /** Of a command that watches what another process does. Alone it does the work itself, and is not to be stopped lightly. */
  static watching(): Interruption {
    return new Interruption('ends-unless-alone');
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  begin(kind: Transport['kind']): void {
    this.kind = kind;
    if (this.whatItDoes === 'nothing') return;
    for (const signal of signals) process.on(signal, this.onSignal);
  }

  end(): void {
    for (const signal of signals) process.off(signal, this.onSignal);
  }

  /** As the first Ctrl-C does. */
  interrupt(): void {
    this.controller.abort();
  }

  /** Ends early when the command is interrupted. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, this.signal);
  }

  private readonly onSignal = (): void => {
    const now = performance.now();
    if (this.askedAt !== null) {
      if (now - this.askedAt > onePressMs) process.exit(exitCodes.interrupted);
      return;
    }
    this.askedAt = now;
    if (this.whatItDoes === 'ends-unless-alone' && this.kind === 'alone') {
      process.stderr.write(
        '\nThe backup runs in this process. Press Ctrl-C again to cancel it; it will be recorded as failed.\n',
      );
      return;
    }
    this.interrupt();
  };
}
