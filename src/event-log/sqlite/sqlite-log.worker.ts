import type Database from '#sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { epochOfOldEvents } from '../log-identity.js';
import { otherContent } from '../other-content.js';
import { MarkWriter } from './log-mark.adapter.js';
import { headOf, readIdentity } from './sqlite-identity.adapter.js';
import { openForWriting, toFailure, type Failure } from './sqlite-schema.adapter.js';

/** One event as it is stored: words not yet replaced by their numbers. */
export interface NewRow {
  readonly time: number;
  readonly recordedtime: number;
  readonly type: string;
  readonly version: number;
  readonly source: string;
  readonly subject: string;
  readonly partitionkey: string;
  readonly id: string;
  /** `next`: the source's next number in the log's epoch, given in the transaction that stores the event. */
  readonly sequence: 'next' | 'none' | { readonly given: string; readonly epoch: string };
  readonly causationid: string | null;
  readonly actor: string | null;
  readonly data: string;
  /** What it must be if it is there already. Without it, it may be anything: what is there stays. */
  readonly repeat?: 'same' | 'same-but-for-time';
}

/** What the main thread sends: the calls of `append` that share a commit; or the end. */
export type Order = { readonly kind: 'commit'; readonly calls: readonly (readonly NewRow[])[] } | { kind: 'close' };

/** What became of one call of `append`: the offset of each of its events, or why none was stored. */
export type Outcome = { readonly offsets: readonly number[] } | { readonly failure: Failure };

export type Answer =
  | { readonly kind: 'opened' }
  | { readonly kind: 'not-opened'; readonly failure: Failure }
  | { readonly kind: 'committed'; readonly outcomes: readonly Outcome[] };

export interface WorkerData {
  readonly file: string;
}

interface StoredRow {
  readonly time: number;
  readonly type: string;
  readonly version: number;
  readonly subject: string;
  readonly data: string;
}

/** Writes calls of `append`, each whole or not at all. */
class Writer {
  private readonly statements;
  private readonly numbers = new Map<string, number>();
  /** By epoch and source, both as numbers of words. */
  private readonly sequences = new Map<number, Map<number, number>>();
  private identity: { readonly log: string; readonly epoch: string } | null = null;
  private head: number;
  /** The head that the mark says. */
  private markedHead: number;
  private dataVersion: unknown = null;

  constructor(
    private readonly database: Database.Database,
    private readonly file: string,
    private readonly mark: MarkWriter,
  ) {
    this.head = headOf(database);
    this.markedHead = this.head;
    this.statements = {
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
      rollback: database.prepare('ROLLBACK'),
      dataVersion: database.prepare('PRAGMA data_version').pluck(),
      word: database.prepare<[string], number>('SELECT id FROM words WHERE text = ?').pluck(),
      newWord: database.prepare<[string]>('INSERT INTO words (text) VALUES (?)'),
      sequence: database
        .prepare<[number, number], number>('SELECT last FROM sequences WHERE epoch = ? AND source = ?')
        .pluck(),
      setSequence: database.prepare<[number, number, number]>(
        `INSERT INTO sequences (epoch, source, last) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last`,
      ),
      offset: database
        .prepare<[number, string], number>('SELECT offset FROM events WHERE source = ? AND id = ?')
        .pluck(),
      stored: database.prepare<[number], StoredRow>(
        `SELECT e.time, t.text AS type, e.version, s.text AS subject, e.data
         FROM events e JOIN words t ON t.id = e.type JOIN words s ON s.id = e.subject WHERE e.offset = ?`,
      ),
      insert: database.prepare(
        `INSERT INTO events (time, recordedtime, type, version, source, subject, partitionkey, id, sequence, epoch,
                             causationid, actor, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, id) DO NOTHING`,
      ),
    };
  }

  /**
   * All calls in one commit. If it fails, each call gets its own commit, so that only those fail that must: one that
   * is too large for the room left on the disk does not take the others with it.
   */
  write(calls: readonly (readonly NewRow[])[]): readonly Outcome[] {
    try {
      return this.transaction(calls).map((offsets) => ({ offsets }));
    } catch (error) {
      if (calls.length === 1) return [{ failure: toFailure(error, this.file) }];
      return calls.flatMap((call) => this.write([call]));
    }
  }

  private transaction(calls: readonly (readonly NewRow[])[]): readonly (readonly number[])[] {
    const { begin, commit, rollback } = this.statements;
    begin.run();
    try {
      this.forgetIfOthersWrote();
      const touched = new Map<number, Set<number>>();
      const offsets = calls.map((rows) => rows.map((row) => this.store(row, touched)));
      for (const [epoch, sources] of touched) {
        for (const source of sources) this.statements.setSequence.run(epoch, source, this.lastSequence(epoch, source));
      }
      commit.run();
      this.noteHead(offsets);
      return offsets;
    } catch (error) {
      if (this.database.inTransaction) rollback.run();
      this.forget();
      throw error;
    }
  }

  /** @returns the event's offset; for a repeat, that of the one already there. */
  private store(row: NewRow, touched: Map<number, Set<number>>): number {
    const source = this.number(row.source);
    const epochName = this.epochOf(row);
    const epoch = this.number(epochName);
    const last = this.lastSequence(epoch, source);
    const sequence = sequenceAfter(last, row);
    const { changes, lastInsertRowid } = this.statements.insert.run(
      row.time,
      row.recordedtime,
      this.number(row.type),
      row.version,
      source,
      this.number(row.subject),
      this.number(row.partitionkey),
      row.id,
      sequence,
      sequence === null || epochName === epochOfOldEvents ? null : epoch,
      row.causationid,
      row.actor,
      row.data,
    );
    if (changes === 0) return this.repeated(this.offsetOf(source, row.id), row);
    const counted = Number(sequence ?? 0);
    if (counted > last && Number.isSafeInteger(counted)) {
      this.ofEpoch(epoch).set(source, counted);
      const sources = touched.get(epoch) ?? new Set();
      touched.set(epoch, sources.add(source));
    }
    return Number(lastInsertRowid);
  }

  /** The epoch that an event's number counts in: the log's own, or that of the log which gave the number. */
  private epochOf({ sequence }: NewRow): string {
    if (typeof sequence === 'object') return sequence.epoch;
    return this.identified().epoch;
  }

  private identified(): { readonly log: string; readonly epoch: string } {
    if (this.identity) return this.identity;
    const identity = readIdentity(this.database);
    if (!identity) throw new Error(`${this.file} has no identity`);
    this.identity = { log: identity.id, epoch: identity.epoch };
    return this.identity;
  }

  private noteHead(offsets: readonly (readonly number[])[]): void {
    this.head = offsets.reduce((most, some) => some.reduce((one, other) => Math.max(one, other), most), this.head);
  }

  /**
   * Without a mark, an older state of the log that is put back could not be told from this one. Callers need not wait for it:
   * of a process that is killed before, the mark is behind the log, which then continues as it is.
   */
  leaveMark(): void {
    if (this.markedHead === this.head) return;
    this.markedHead = this.head;
    try {
      this.mark.write({ ...this.identified(), head: this.head });
    } catch {
      // The events are stored all the same, and the next commit writes it again.
    }
  }

  /** @throws WardroundError `conflict` if what is stored must be the same, and is not */
  private repeated(offset: number, row: NewRow): number {
    const stored = row.repeat === undefined ? undefined : this.statements.stored.get(offset);
    // Written with another version of its schema, the same data may look otherwise.
    if (!stored || stored.version !== row.version) return offset;
    const same = stored.type === row.type && stored.subject === row.subject && stored.data === row.data;
    if (same && (row.repeat === 'same-but-for-time' || stored.time === row.time)) return offset;
    throw otherContent(row);
  }

  private offsetOf(source: number, id: string): number {
    const offset = this.statements.offset.get(source, id);
    if (offset === undefined) throw new Error(`event ${id} was rejected as a duplicate, but does not exist`);
    return offset;
  }

  private number(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.statements.word.get(text) ?? Number(this.statements.newWord.run(text).lastInsertRowid);
    if (this.numbers.size >= 20_000) this.numbers.clear(); // subjects never end; the few that are in use come back at once
    this.numbers.set(text, number);
    return number;
  }

  private lastSequence(epoch: number, source: number): number {
    const counters = this.ofEpoch(epoch);
    const known = counters.get(source);
    if (known !== undefined) return known;
    const last = this.statements.sequence.get(epoch, source) ?? 0;
    counters.set(source, last);
    return last;
  }

  private ofEpoch(epoch: number): Map<number, number> {
    const counters = this.sequences.get(epoch) ?? new Map<number, number>();
    this.sequences.set(epoch, counters);
    return counters;
  }

  private forget(): void {
    this.numbers.clear();
    this.sequences.clear();
    this.identity = null;
  }

  /** Another process may have given numbers since: a command that works on the same file while the server is down. */
  private forgetIfOthersWrote(): void {
    const version = this.statements.dataVersion.get();
    if (version !== this.dataVersion) this.forget();
    this.dataVersion = version;
  }
}

/** As text where it was given: SQLite keeps all 16 digits, a JavaScript number does not. */
function sequenceAfter(last: number, { sequence }: NewRow): number | string | null {
  if (sequence === 'next') return last + 1;
  return sequence === 'none' ? null : sequence.given;
}

function isWorkerData(data: unknown): data is WorkerData {
  return typeof data === 'object' && data !== null && 'file' in data && typeof data.file === 'string';
}

function serve({ file }: WorkerData): void {
  const port = parentPort;
  if (!port) throw new Error('this file runs in a worker thread');
  const answer = (message: Answer) => port.postMessage(message);
  let database: Database.Database;
  let writer: Writer;
  let mark: MarkWriter;
  try {
    database = openForWriting(file);
    mark = new MarkWriter(file);
    writer = new Writer(database, file, mark);
  } catch (error) {
    answer({ kind: 'not-opened', failure: toFailure(error, file) });
    port.close();
    return;
  }
  port.on('message', (order: Order) => {
    if (order.kind === 'commit') {
      answer({ kind: 'committed', outcomes: writer.write(order.calls) });
      writer.leaveMark();
    } else {
      database.close();
      mark.close();
      port.close();
    }
  });
  answer({ kind: 'opened' });
}

if (!isWorkerData(workerData)) throw new Error('the writer of the event log was started without the path of its file');
serve(workerData);
