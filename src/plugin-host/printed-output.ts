import { lineCharacters } from './limits.js';
import type { PluginLine } from './plugin-host.js';

import type { Stream } from './plugin-process.adapter.js';

export interface PrintedOutputOptions {
  /** So many characters of both streams together are kept. */
  readonly characters: number;
  /** Gets each whole line, in the order of its stream. One that was cut ends with `…`. */
  onLine(line: PluginLine, stream: Stream): void;
}

/**
 * Makes lines of what a plugin prints to stdout (`info`) and stderr (`warning`), up to a cap; the rest is counted and
 * thrown away, so that a gigabyte of output costs no memory.
 */
export class PrintedOutput {
  private readonly rest: Record<Stream, string> = { stdout: '', stderr: '' };
  private taken = 0;
  private dropped = 0;

  constructor(private readonly options: PrintedOutputOptions) {}

  push(stream: Stream, text: string): void {
    const part = text.slice(0, Math.max(0, this.options.characters - this.taken));
    this.taken += part.length;
    this.dropped += text.length - part.length;
    if (part === '') return;
    const lines = (this.rest[stream] + part).split(/\r\n|\n/);
    this.rest[stream] = lines.pop() ?? '';
    for (const line of lines) this.emit(stream, line);
  }

  /** Call it when nothing more can come: hands over the unfinished lines, and says so if something was thrown away. */
  end(): void {
    const cut = this.dropped > 0;
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.rest[stream];
      this.rest[stream] = '';
      this.emit(stream, cut && rest !== '' ? `${rest}…` : rest);
    }
    if (!cut) return;
    const kept = Math.round(this.options.characters / 1024);
    this.options.onLine({ level: 'warning', text: `output cut after ${kept} KiB`, place: '' }, 'stderr');
  }

  private emit(stream: Stream, text: string): void {
    if (text.trim() === '') return;
    this.options.onLine({ level: stream === 'stderr' ? 'warning' : 'info', text, place: '' }, stream);
  }
}

/** Without colours and other sequences for a terminal: they could be within a secret. */
export function withoutColours(text: string): string {
  return text.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g, '');
}

/** A line's text without control characters. */
export function plainText(text: string): string {
  return withoutColours(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ');
}

/** A line's text cut where no one reads on. Redact before, not after. */
export function cutLine(text: string): string {
  return text.length > lineCharacters ? `${text.slice(0, lineCharacters)}…` : text;
}
