import { toIso, type Instant } from '../shared/instant.js';
import type { ProtocolLine } from './backups.events.js';

/** So many lines a protocol holds; what comes after is counted and said in one line at the end. */
export const longestProtocol = 10_000;
const longestText = 4000;

/** So much of a protocol goes into one event: a Kafka broker refuses what is larger than 1 MB. */
const linesPerChunk = 200;
const bytesPerChunk = 256_000;
const utf8 = new TextEncoder();

export interface LineParts {
  readonly level?: ProtocolLine['level'];
  readonly outcome?: ProtocolLine['outcome'];
  readonly place?: string;
}

/** Numbers the lines of one run and gives each its computer, user and step. */
export class Protocol {
  /** How many lines are warnings, those that were omitted included. */
  warnings = 0;
  private lines = 0;
  private leftOut = 0;

  constructor(
    private readonly computer: string,
    private readonly user: string,
  ) {}

  /** The line, or null once the protocol is full; errors are always written. */
  line(
    now: Instant,
    step: string,
    text: string,
    { level = 'info', outcome = 'note', place = '' }: LineParts,
  ): ProtocolLine | null {
    if (level === 'warning') this.warnings++;
    if (this.lines >= longestProtocol && level !== 'error') {
      this.leftOut++;
      return null;
    }
    const { computer, user } = this;
    return {
      number: ++this.lines,
      time: toIso(now),
      level,
      step,
      computer,
      user,
      place: cut(place),
      outcome,
      text: cut(text),
    };
  }

  /** A line that says how many were omitted, or null if none were. */
  closing(now: Instant, step: string): ProtocolLine | null {
    if (this.leftOut === 0) return null;
    const text = `${this.leftOut} more lines were omitted: a protocol is limited to ${longestProtocol}`;
    const { computer, user } = this;
    return {
      number: ++this.lines,
      time: toIso(now),
      level: 'warning',
      step,
      computer,
      user,
      place: '',
      outcome: 'note',
      text,
    };
  }
}

/** The lines in order, shared out over as few events as they fit into. */
export function inChunks(lines: readonly ProtocolLine[]): readonly ProtocolLine[][] {
  const chunks: ProtocolLine[][] = [];
  let chunk: ProtocolLine[] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = utf8.encode(JSON.stringify(line)).length;
    if (chunk.length === 0 || chunk.length === linesPerChunk || bytes + size > bytesPerChunk) {
      chunk = [];
      chunks.push(chunk);
      bytes = 0;
    }
    chunk.push(line);
    bytes += size;
  }
  return chunks;
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
