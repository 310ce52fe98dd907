import type { ChildProcess } from 'node:child_process';
import { inspectorHeapMb } from './limits.js';
import { forkPluginProcess } from './plugin-fork.adapter.js';
import { killTree } from './process-tree.adapter.js';
import { answerSchema, type Answer, type Question } from './protocol.js';

/** A question without its number, which is given here. */
export type Asked = Question extends infer One ? (One extends Question ? Omit<One, 'id'> : never) : never;

/** What came of a question: an answer, or why there is none, as a clause about the plugin. */
export type Replied = { readonly answer: Answer } | { readonly failure: string };

/** Start and `apply` ask within seconds; afterwards the process would only take memory. */
const idleMs = 10_000;

/**
 * Asks a process about plugins, so that none is ever loaded into this one. All share a process, since starting one takes
 * longer than all they have to say. Where it ends or does not answer, whichever plugin it was, the question is put once
 * more to a new process: only a plugin that fails there too is at fault.
 */
export class PluginInspector {
  private child: InspectorProcess | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private idle: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly timeoutMs: number) {}

  /** One question after the other: each has its own time. */
  ask(question: Asked): Promise<Replied> {
    const replied = this.queue.then(() => this.askNow(question));
    this.queue = replied;
    return replied;
  }

  close(): void {
    this.closed = true;
    this.end();
  }

  private async askNow(question: Asked): Promise<Replied> {
    if (this.closed) return { failure: 'it was not loaded, because Wardround is stopping' };
    clearTimeout(this.idle);
    const used = this.child?.isAlive === true;
    let replied = await this.current().ask(question, this.timeoutMs);
    if (used && isBad(replied) && !this.closed) {
      this.end();
      replied = await this.current().ask(question, this.timeoutMs);
    }
    this.idle = setTimeout(() => this.end(), idleMs).unref();
    return replied;
  }

  private current(): InspectorProcess {
    if (this.child?.isAlive !== true) this.child = new InspectorProcess();
    return this.child;
  }

  private end(): void {
    clearTimeout(this.idle);
    this.child?.kill();
    this.child = null;
  }
}

/** Also a plugin that cannot be loaded may be so by what one before it did to the process. */
function isBad(replied: Replied): boolean {
  return 'failure' in replied || replied.answer.type === 'unusable';
}

const endedText = {
  describe: 'it ended the process while loading',
  check: 'its own check of its parameters ended the process',
} as const;
const lateText = {
  describe: 'it was not loaded',
  check: 'its own check of its parameters did not finish',
} as const;

class InspectorProcess {
  private readonly child: ChildProcess;
  private asked = 0;
  private inHand: Asked['type'] = 'describe';
  private over = false;
  private settle: ((replied: Replied) => void) | null = null;

  constructor() {
    this.child = forkPluginProcess('./plugin-inspector.worker.js', { heapMb: inspectorHeapMb, output: 'ignore' });
    // It must not keep a command alive that has done its work.
    this.child.unref();
    this.child.channel?.unref();
    this.child.on('message', (received) => this.take(received));
    this.child.once('exit', () => this.ended(endedText[this.inHand]));
    this.child.once('error', (error) => this.ended(`no process could be started to load it: ${error.message}`));
  }

  get isAlive(): boolean {
    return !this.over;
  }

  ask(question: Asked, timeoutMs: number): Promise<Replied> {
    return new Promise((resolve) => {
      this.inHand = question.type;
      const timer = setTimeout(() => this.ended(`${lateText[question.type]} after ${timeoutMs} ms`), timeoutMs);
      this.settle = (replied) => {
        clearTimeout(timer);
        this.settle = null;
        resolve(replied);
      };
      this.child.send({ ...question, id: ++this.asked }, (error) => {
        if (error) this.ended(endedText[question.type]);
      });
    });
  }

  kill(): void {
    this.ended('it was not loaded, because Wardround is stopping');
  }

  private take(received: unknown): void {
    const answer = answerSchema.safeParse(received);
    if (answer.success && answer.data.id === this.asked) this.settle?.({ answer: answer.data });
  }

  private ended(why: string): void {
    if (!this.over && this.child.pid !== undefined) killTree(this.child.pid);
    this.over = true;
    this.settle?.({ failure: why });
  }
}
