import type { z } from 'zod';
import { runProgram } from './exec.js';
import type { PluginContext, Progress } from './plugin.js';

/** A context for a plugin's own tests: what it logs and how far it says to be is kept for the test to look at. */
export interface TestContext<Parameters> extends PluginContext<Parameters> {
  readonly logged: { readonly level: string; readonly text: string; readonly place: string }[];
  readonly progressed: Progress[];
  /** How often it said that something moved that cannot be counted. */
  readonly moved: { readonly count: number };
}

/**
 * What the host would hand to the plugin: parameters checked by the plugin's schema, the rest real.
 * @throws ZodError if the parameters are wrong.
 */
export function testContext<Schema extends z.ZodType>(
  plugin: { readonly parameters: Schema },
  parameters: z.input<Schema>,
  about: { readonly now?: number; readonly signal?: AbortSignal } = {},
): TestContext<z.output<Schema>> {
  const signal = about.signal ?? new AbortController().signal;
  const logged: TestContext<unknown>['logged'] = [];
  const progressed: Progress[] = [];
  const moved = { count: 0 };
  return {
    parameters: plugin.parameters.parse(parameters),
    now: about.now ?? Date.now(),
    stallMs: null,
    signal,
    logged,
    progressed,
    log: (text, { level = 'info', place = '' } = {}) => void logged.push({ level, text, place }),
    progress: (done) => {
      if (done) progressed.push(done);
      else moved.count += 1;
    },
    moved,
    exec: (file, args = [], options = {}) => runProgram(file, args, options, signal),
  };
}
