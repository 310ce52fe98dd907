import type { CopyProgress } from '../event-log/log-copy.js';
import { countText } from '../shared/quantity.js';
import type { Terminal } from './terminal.js';

const clearLine = '\r\u001b[2K';
/** On a screen a line is drawn again; in a file each is kept. */
const drawEveryMs = 200;
const lineEveryMs = 10_000;
/** The first sign of life comes early, unless the copy is done by then. */
const firstAfterEvents = 1_000;

/** How far a copy is. Quiet where JSON was asked for. */
export class CopyDisplay {
  private readonly startedAt: number;
  private lastAt: number | null = null;

  constructor(
    private readonly terminal: Terminal,
    private readonly quiet: boolean,
    private readonly now: () => number,
  ) {
    this.startedAt = now();
  }

  say(step: string): void {
    if (!this.quiet) this.terminal.out(`${this.terminal.isScreen ? clearLine : ''}${step}\n`);
  }

  show({ copied, found }: CopyProgress): void {
    const { isScreen } = this.terminal;
    const now = this.now();
    const isDue =
      this.lastAt === null
        ? copied - found >= firstAfterEvents
        : now - this.lastAt >= (isScreen ? drawEveryMs : lineEveryMs);
    if (this.quiet || !isDue) return;
    this.lastAt = now;
    const perSecond = Math.round(((copied - found) * 1000) / Math.max(1, now - this.startedAt));
    const text = `  ${countText(copied, 'event')}, ${perSecond.toLocaleString('en')}/s`;
    this.terminal.out(isScreen ? `${clearLine}${text}` : `${text}\n`);
  }
}
