import { runProgram } from '../../plugins/sdk/exec.js';
import type { PluginContext, Progress } from '../../plugins/sdk/plugin.js';
import { lineCharacters, loggedLines } from './limits.js';
import type { FromPlugin } from './protocol.js';

type Said = Extract<FromPlugin, { type: 'line' | 'progress' | 'moved' }>;
/** A message without the number of its call. */
export type Saying = Said extends infer One ? (One extends Said ? Omit<One, 'call'> : never) : never;

export interface ContextOfCall {
  readonly context: PluginContext<unknown>;
  /** Sends what of the progress was held back. */
  flush(): void;
}

/** What a plugin's operation is given besides its input. */
export function contextOf(
  about: { readonly now: number; readonly stallMs: number | null; readonly parameters: unknown },
  signal: AbortSignal,
  say: (saying: Saying) => void,
): ContextOfCall {
  const thinned = new ThinnedProgress((progress) => say({ type: 'progress', progress }));
  const moved = new Thinned(() => say({ type: 'moved' }));
  const context: PluginContext<unknown> = {
    ...about,
    signal,
    log: logger(say),
    progress: (progress) => (progress ? thinned.tell(progress) : moved.tell()),
    exec: (file, args = [], options = {}) => runProgram(file, args, options, signal),
  };
  return { context, flush: () => thinned.flush() };
}

function logger(say: (saying: Saying) => void): PluginContext<unknown>['log'] {
  let logged = 0;
  return (text, { level = 'info', place = '' } = {}) => {
    logged++;
    if (logged > loggedLines + 1) return;
    // A little more than a line may have is sent, so that the host can redact before it cuts.
    const line = {
      level,
      text: cut(String(text), 2 * lineCharacters),
      place: cut(String(place), 2 * lineCharacters),
    };
    const tooMany = { level: 'warning', text: `further lines dropped after ${loggedLines}`, place: '' } as const;
    say({ type: 'line', line: logged > loggedLines ? tooMany : line });
  };
}

const tellEveryMs = 200;

/** The same for what has nothing to tell but that it happened. */
class Thinned {
  private lastTold = -Infinity;

  constructor(private readonly onTell: () => void) {}

  tell(): void {
    const now = performance.now();
    if (now - this.lastTold < tellEveryMs) return;
    this.lastTold = now;
    this.onTell();
  }
}

/** Tells at most five times a second. */
class ThinnedProgress {
  private lastTold = -Infinity;
  private heldBack: Progress | null = null;

  constructor(private readonly onProgress: (progress: Progress) => void) {}

  tell({ files, bytes, totalFiles, totalBytes }: Progress): void {
    this.heldBack = { files, bytes, totalFiles, totalBytes };
    const now = performance.now();
    if (now - this.lastTold < tellEveryMs) return;
    this.lastTold = now;
    this.flush();
  }

  flush(): void {
    const { heldBack } = this;
    this.heldBack = null;
    if (heldBack) this.onProgress(heldBack);
  }
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
