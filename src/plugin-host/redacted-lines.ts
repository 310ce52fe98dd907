import { HeldLines } from './held-lines.js';
import type { PluginLine } from './plugin-host.js';
import { cutLine, plainText } from './printed-output.js';
import type { Redactor } from './redaction.js';

/** Lines of one source follow each other: a secret may continue in the next. */
export type LineSource = 'log' | 'stdout' | 'stderr';

/**
 * Hands lines over tidied, redacted and cut, in this order. A line that ends with what may be the beginning of a secret is held
 * back until the next one of its source has come.
 */
export class RedactedLines {
  private readonly sources: Readonly<Record<LineSource, HeldLines<PluginLine>>>;

  constructor(
    private readonly redactor: Redactor,
    private readonly onLine: (line: PluginLine) => void,
  ) {
    const lines = () =>
      new HeldLines<PluginLine>(
        (text, before) => redactor.find(text, before),
        (line, text) => this.handOver(line, text),
      );
    this.sources = { log: lines(), stdout: lines(), stderr: lines() };
  }

  push(source: LineSource, line: PluginLine): void {
    const text = plainText(line.text);
    if (this.redactor.isIdle) this.handOver(line, text);
    else this.sources[source].push(line, text);
  }

  /** No more can come: hands over what was held back. */
  end(): void {
    for (const lines of Object.values(this.sources)) lines.end();
  }

  private handOver({ level, place }: PluginLine, text: string): void {
    this.onLine({ level, text: cutLine(text), place: cutLine(this.redactor.redact(plainText(place))) });
  }
}
