import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { WardroundError, describeError } from '../../shared/errors.js';
import { compiledFile } from '../../shared/package.adapter.js';
import type { Answer, NewRow, Order, Outcome, WorkerData } from './sqlite-log.worker.js';
import { fromFailure } from './sqlite-schema.adapter.js';

/** A commit takes at most so much: what its acknowledgements set off must not hold up the main thread for long. */
const maxRowsPerCommit = 500;
const maxCharactersPerCommit = 4_000_000;

/** So many waiting rows are sent off at once, to be written while the main thread still prepares more. */
const sendAtOnce = 100;

interface Call {
  readonly rows: readonly NewRow[];
  resolve(offsets: readonly number[]): void;
  reject(error: WardroundError): void;
}

/**
 * Group commit: a worker thread commits, and every call that arrives meanwhile goes into its next commit. So the main
 * thread never waits for a disk, and a hundred callers share one sync.
 *
 * A worker that dies takes with it only the calls it had been given: they fail with `outcome-unknown`. A new one is started
 * for those that waited, and for the next.
 */
export class SqliteWriter {
  private waiting: Call[] = [];
  private inHand: readonly Call[] = [];
  private waitingRows = 0;
  private worker: Worker | null = null;
  private starting = false;
  private flushPlanned = false;
  private idle: (() => void)[] = [];

  private constructor(
    private readonly file: string,
    private readonly onCommitted: () => void,
  ) {}

  /**
   * @param onCommitted called after each commit, before its calls resolve
   * @throws WardroundError if the file cannot be opened
   */
  static async open(file: string, onCommitted: () => void): Promise<SqliteWriter> {
    const writer = new SqliteWriter(file, onCommitted);
    writer.worker = await startWorker(file, (worker) => writer.listen(worker));
    return writer;
  }

  /** @returns the offset of each row, once they are on disk. All rows are stored, or none. */
  append(rows: readonly NewRow[]): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ rows, resolve, reject });
      this.waitingRows += rows.length;
      if (this.waitingRows >= sendAtOnce) this.flush();
      else this.planFlush();
    });
  }

  /** Resolves when everything that was given is stored or refused, and the file is closed. */
  async close(): Promise<void> {
    while (this.waiting.length > 0 || this.inHand.length > 0 || this.starting) {
      await new Promise<void>((resolve) => this.idle.push(resolve));
    }
    const worker = this.worker;
    this.worker = null;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage({ kind: 'close' } satisfies Order);
    await ended;
  }

  /**
   * After the callers whose turn it is now: anyone who answers an acknowledgement with the next append shares a commit.
   */
  private planFlush(): void {
    if (this.flushPlanned) return;
    this.flushPlanned = true;
    setImmediate(() => {
      this.flushPlanned = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.inHand.length > 0 || this.waiting.length === 0) return;
    if (!this.worker) {
      void this.restart();
      return;
    }
    this.inHand = this.nextGroup();
    this.worker.postMessage({ kind: 'commit', calls: this.inHand.map(({ rows }) => rows) } satisfies Order);
  }

  private nextGroup(): readonly Call[] {
    let rows = 0;
    let characters = 0;
    let calls = 0;
    for (const call of this.waiting) {
      rows += call.rows.length;
      for (const row of call.rows) characters += row.data.length;
      if (calls > 0 && (rows > maxRowsPerCommit || characters > maxCharactersPerCommit)) break;
      calls++;
    }
    const group = this.waiting.splice(0, calls);
    for (const call of group) this.waitingRows -= call.rows.length;
    return group;
  }

  private listen(worker: Worker): void {
    worker.on('message', (answer: Answer) => {
      if (answer.kind === 'committed') this.settle(answer.outcomes);
    });
    let cause: unknown = null;
    worker.on('error', (error) => (cause = error));
    worker.once('exit', () => this.lost(worker, cause));
  }

  /**
   * The callers get their answer in its own turn: Node takes message after message from a worker before it turns to
   * anything else, and with callers who append again at once there would always be one more.
   */
  private settle(outcomes: readonly Outcome[]): void {
    const calls = this.inHand;
    this.inHand = [];
    this.onCommitted();
    this.flush();
    setImmediate(() => {
      calls.forEach((call, index) => {
        const outcome = outcomes[index];
        if (outcome && 'offsets' in outcome) call.resolve(outcome.offsets);
        else call.reject(outcome ? fromFailure(outcome.failure) : unknownOutcome(null));
      });
      this.tellIdle();
    });
  }

  private lost(worker: Worker, cause: unknown): void {
    if (this.worker !== worker) return;
    this.worker = null;
    const calls = this.inHand;
    this.inHand = [];
    for (const call of calls) call.reject(unknownOutcome(cause));
    if (this.waiting.length > 0) void this.restart();
    this.tellIdle();
  }

  private async restart(): Promise<void> {
    if (this.starting) return;
    this.starting = true;
    try {
      this.worker = await startWorker(this.file, (worker) => this.listen(worker));
    } catch (error) {
      const failure = error instanceof WardroundError ? error : unknownOutcome(error);
      for (const call of this.waiting.splice(0)) call.reject(failure);
      this.waitingRows = 0;
    } finally {
      this.starting = false;
    }
    this.flush();
    this.tellIdle();
  }

  private tellIdle(): void {
    for (const tell of this.idle.splice(0)) tell();
  }
}

function unknownOutcome(cause: unknown): WardroundError {
  const why = cause === null ? '' : ` (${describeError(cause)})`;
  return new WardroundError(
    'outcome-unknown',
    `the writer thread of the event log exited before it confirmed the events${why}`,
    'Append them again: stored events are not duplicated',
    { cause },
  );
}

/** @throws WardroundError if the worker cannot open the file, or ends before it has. */
async function startWorker(file: string, listen: (worker: Worker) => void): Promise<Worker> {
  const script = compiledFile(import.meta.url, './sqlite-log.worker.js');
  if (!existsSync(script)) throw new WardroundError('internal', `${script} is missing`, 'Run "npm run build"');
  const worker = new Worker(script, { workerData: { file } satisfies WorkerData, execArgv: [] });
  const answer = await new Promise<Answer>((resolve, reject) => {
    const ended = (error: unknown) =>
      reject(new WardroundError('internal', `the writer thread of ${file} did not start`, undefined, { cause: error }));
    worker.once('message', resolve);
    worker.once('error', ended);
    worker.once('exit', ended);
  });
  if (answer.kind === 'not-opened') throw fromFailure(answer.failure);
  listen(worker);
  return worker;
}
