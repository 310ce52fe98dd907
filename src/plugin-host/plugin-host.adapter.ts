import { z } from 'zod';
import type { Plugin, PluginKind } from '../../plugins/sdk/plugin.js';
import { systemClock } from '../shared/clock.adapter.js';
import { WardroundError } from '../shared/errors.js';
import { defaultLimits, residentMemoryMb, type PluginLimits } from './limits.js';
import { parameterFaults, type ParameterFault } from './plugin-definition.js';
import { discoverPlugins, type Discovery, type FoundPlugin, type PluginProblem } from './plugin-discovery.adapter.js';
import type { Operation, OperationResult, PluginCall, PluginDescription, PluginHost } from './plugin-host.js';
import { runInProcess } from './plugin-process.adapter.js';
import { tidyLine } from './printed-output.js';
import { longestForm, redactor, redactWithin, type Redact } from './redaction.js';
import { resolveReferences, type ResolvedParameters, type ResolveReference } from './references.js';
import { faultsText, resultSchema } from './results.js';
import { Slots } from './slots.js';

export interface PluginHostOptions {
  /** Absolute path of a folder with one folder a plugin, each with a compiled `plugin.js`: `dist/plugins`. */
  readonly pluginsFolder: string;
  readonly resolveReference: ResolveReference;
  readonly limits?: Partial<PluginLimits>;
}

/**
 * Finds the plugins of a folder and makes the host that runs them. A broken plugin is among its `problems()`.
 * @throws if the folder itself cannot be read.
 */
export async function openPluginHost(options: PluginHostOptions): Promise<ForkingPluginHost> {
  const limits = { ...defaultLimits, ...options.limits };
  const discovery = await discoverPlugins(options.pluginsFolder, limits.loadTimeoutMs);
  return new ForkingPluginHost(discovery, limits, options.resolveReference);
}

/** Runs each call of a plugin in a forked process of its own. */
export class ForkingPluginHost implements PluginHost {
  private readonly descriptions: readonly PluginDescription[];
  private readonly slots: Readonly<Record<PluginKind, Slots>>;
  private readonly closing = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly discovery: Discovery,
    private readonly limits: PluginLimits,
    private readonly resolveReference: ResolveReference,
  ) {
    this.descriptions = discovery.found.map(({ plugin }) => describePlugin(plugin));
    const { checkup, source, destination, channel } = limits.concurrentCalls;
    this.slots = {
      checkup: new Slots(checkup),
      source: new Slots(source),
      destination: new Slots(destination),
      channel: new Slots(channel),
    };
  }

  plugins(): readonly PluginDescription[] {
    return this.descriptions;
  }

  /** The folders that hold no usable plugin, each with what is wrong. */
  problems(): readonly PluginProblem[] {
    return this.discovery.problems;
  }

  faultsOf(kind: PluginKind, plugin: string, parameters: unknown): readonly ParameterFault[] {
    const found = this.find(kind, plugin);
    return found
      ? parameterFaults(found.plugin.parameters, parameters)
      : [{ path: [], message: this.unknown(kind, plugin) }];
  }

  async call<Kind extends PluginKind, Name extends Operation<Kind>>(
    call: PluginCall<Kind, Name>,
  ): Promise<OperationResult<Kind, Name>> {
    const run = this.take(call);
    this.running.add(run);
    try {
      // The schema of the operation was applied, and its type is what the SDK says the operation gives back.
      return await run;
    } finally {
      this.running.delete(run);
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled(this.running);
  }

  private async take(call: AnyCall): Promise<unknown> {
    const found = this.find(call.kind, call.plugin);
    if (!found) throw new WardroundError('plugin-unknown', this.unknown(call.kind, call.plugin));
    const schema = resultSchema(call.kind, call.operation);
    if (!schema) throw new WardroundError('plugin-invalid', `a ${call.kind} has no operation ${call.operation}`);
    const resolved = await resolveReferences(call.parameters, this.resolveReference);
    if (resolved.missing.length > 0) {
      throw new WardroundError('plugin-invalid', `${call.plugin}: ${resolved.missing.join('; ')}`);
    }
    const redact = redactor(resolved.secrets);
    const faults = parameterFaults(found.plugin.parameters, resolved.parameters);
    if (faults.length > 0) throw new WardroundError('plugin-invalid', redact(`${call.plugin}: ${faultsLine(faults)}`));
    const value = await this.inTurn(call, found, resolved, redact);
    return this.checked(call, schema, value, redact);
  }

  private async inTurn(
    call: AnyCall,
    found: FoundPlugin,
    resolved: ResolvedParameters,
    redact: Redact,
  ): Promise<unknown> {
    const signal = AbortSignal.any([this.closing.signal, ...(call.signal ? [call.signal] : [])]);
    const slots = this.slots[call.kind];
    if (!(await slots.take(signal))) throw new WardroundError('cancelled', `${call.plugin}: was cancelled`);
    try {
      return await this.run(call, found, resolved, redact, signal);
    } catch (error) {
      throw redactedError(error, redact);
    } finally {
      slots.free();
    }
  }

  private run(
    call: AnyCall,
    found: FoundPlugin,
    resolved: ResolvedParameters,
    redact: Redact,
    signal: AbortSignal,
  ): Promise<unknown> {
    const heapMb = this.limits.heapMb[call.kind];
    return runInProcess({
      plugin: call.plugin,
      timeoutMs: call.timeoutMs,
      killAfterMs: this.limits.killAfterMs,
      heapMb,
      printedCharacters: this.limits.printedCharacters,
      takeBack: Math.max(0, longestForm(resolved.secrets) - 1),
      signal,
      onLine: ({ level, text, place }) =>
        call.onLine?.({ level, text: tidyLine(redact(text)), place: tidyLine(redact(place)) }),
      onProgress: (progress) => call.onProgress?.(progress),
      message: {
        type: 'call',
        file: found.file,
        folder: found.folder,
        operation: call.operation,
        parameters: resolved.parameters,
        input: { ...call.input },
        now: systemClock.now(),
        residentMemoryMb: residentMemoryMb(heapMb),
        parentPid: process.pid,
      },
    });
  }

  private checked(call: AnyCall, schema: z.ZodType, value: unknown, redact: Redact): unknown {
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const text = `${call.plugin}: ${call.operation} gave back something of the wrong shape: ${faultsText(parsed.error)}`;
      throw new WardroundError('plugin-failed', redact(text));
    }
    // The paths of a source's trees are read by the pipeline and must stay what they are.
    return call.operation === 'prepare' ? parsed.data : redactWithin(parsed.data, redact);
  }

  private find(kind: PluginKind, name: string): FoundPlugin | null {
    return this.discovery.found.find(({ plugin }) => plugin.kind === kind && plugin.name === name) ?? null;
  }

  private unknown(kind: PluginKind, name: string): string {
    const problem = this.discovery.problems.find(({ folder }) => folder === name || folder === `${name}-${kind}`);
    if (problem) return problem.message;
    const names = this.descriptions.filter((plugin) => plugin.kind === kind).map((plugin) => plugin.name);
    return `there is no ${kind} plugin "${name}"; there is ${names.join(', ') || 'none'}`;
  }
}

/** A call of whatever kind, as the host handles it. */
interface AnyCall {
  readonly kind: PluginKind;
  readonly plugin: string;
  readonly operation: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly input: object;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  onLine?: PluginCall<'checkup', 'run'>['onLine'];
  onProgress?: PluginCall<'checkup', 'run'>['onProgress'];
}

function describePlugin({ kind, name, summary, parameters }: Plugin): PluginDescription {
  return { kind, name, summary, jsonSchema: z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' }) };
}

function faultsLine(faults: readonly ParameterFault[]): string {
  const lines = faults.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  return `its parameters are wrong: ${lines.join('; ')}`;
}

function redactedError(error: unknown, redact: Redact): unknown {
  if (!(error instanceof WardroundError)) return error;
  const message = redact(error.message);
  if (message === error.message) return error;
  const { cause } = error;
  const options = cause instanceof Error ? { cause: redactedCause(cause, redact) } : undefined;
  return new WardroundError(error.code, message, error.advice, options);
}

/** The cause was made for this call alone, so its text can be replaced in place. */
function redactedCause(cause: Error, redact: Redact): Error {
  cause.message = redact(cause.message);
  delete cause.stack;
  return cause;
}
