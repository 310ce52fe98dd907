import type { z } from 'zod';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PluginKind } from '../../plugins/sdk/plugin.js';
import { systemClock } from '../shared/clock.adapter.js';
import { WardroundError } from '../shared/errors.js';
import { CallPlaces, type TakenPlace } from './call-places.adapter.js';
import { deviceOf } from './devices.js';
import { foldersFor } from './kind-folders.js';
import { defaultLimits, residentMemoryMb, type PluginLimits } from './limits.js';
import type { ParameterFault } from './plugin-definition.js';
import { PluginCache } from './plugin-cache.adapter.js';
import { discoverPlugins, type Discovery, type DiscoveryMeans, type FoundPlugin } from './plugin-discovery.adapter.js';
import { PluginKeys } from './plugin-key.adapter.js';
import type {
  Operation,
  OperationResult,
  PluginCall,
  PluginDescription,
  PluginHost,
  PluginProblem,
} from './plugin-host.js';
import { PluginInspector } from './plugin-inspector.adapter.js';
import { withoutColours } from './printed-output.js';
import { ProcessPool } from './process-pool.adapter.js';
import { RedactedLines } from './redacted-lines.js';
import { Redactor } from './redaction.js';
import { resolveReferences, type ResolvedParameters, type ResolveReference } from './references.js';
import { faultsText, resultSchema } from './results.js';
import { StuckCalls } from './stuck-calls.js';

export interface PluginHostOptions {
  /**
   * Absolute path of a folder with a folder a kind (`checkups`, `sources`, …), and in each one a plugin, with its compiled
   * `plugin.js`: `dist/plugins`. Folders of plugins may also be in it directly.
   */
  readonly pluginsFolder: string;
  readonly resolveReference: ResolveReference;
  readonly limits?: Partial<PluginLimits>;
  /** Absolute path of a file, in a folder that only this user enters, that keeps what plugins say of themselves. */
  readonly cacheFile?: string;
}

/**
 * Finds the plugins of a folder and makes the host that runs them. A broken plugin is among its `problems()`.
 * @throws if the folder itself cannot be read.
 */
export async function openPluginHost(options: PluginHostOptions): Promise<ForkingPluginHost> {
  const limits = { ...defaultLimits, ...options.limits };
  const inspector = new PluginInspector(limits.loadTimeoutMs);
  const cache = await PluginCache.open(options.cacheFile ?? null);
  const keys = new PluginKeys(options.pluginsFolder);
  const discovery = await discoverPlugins(options.pluginsFolder, { inspector, cache, keys });
  return new ForkingPluginHost(discovery, { inspector, cache }, limits, options.resolveReference);
}

/** Closing waits this much longer than it takes to kill a process: one that cannot be killed is left behind. */
const closeAfterKillMs = 1_000;

/** Runs each call of a plugin in its own forked process. */
export class ForkingPluginHost implements PluginHost {
  private readonly descriptions: readonly PluginDescription[];
  private readonly stuck: StuckCalls;
  private readonly pool: ProcessPool;
  private readonly places: CallPlaces;
  private readonly closing = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly discovery: Discovery,
    private readonly means: Pick<DiscoveryMeans, 'inspector' | 'cache'>,
    private readonly limits: PluginLimits,
    private readonly resolveReference: ResolveReference,
  ) {
    this.descriptions = discovery.found.map(({ description }) => description);
    this.stuck = new StuckCalls(limits.stuckProcesses);
    this.pool = new ProcessPool(limits.reuse);
    this.places = new CallPlaces(limits, () => performance.now());
  }

  plugins(): readonly PluginDescription[] {
    return this.descriptions;
  }

  problems(): readonly PluginProblem[] {
    return this.discovery.problems;
  }

  async faultsOf(kind: PluginKind, plugin: string, parameters: unknown): Promise<readonly ParameterFault[]> {
    const found = this.find(kind, plugin);
    if (!found) return [{ path: [], message: this.unknown(kind, plugin) }];
    const { folder, file, key } = found;
    const { inspector, cache } = this.means;
    if (key !== null && cache.isRight(key, parameters)) return [];
    const replied = await inspector.ask({ type: 'check', folder, file, parameters });
    if ('failure' in replied) return [{ path: [], message: `the plugin cannot check it: ${replied.failure}` }];
    const { answer } = replied;
    if (answer.type === 'checked') {
      if (key !== null && answer.faults.length === 0) cache.keepRight(key, parameters);
      return answer.faults;
    }
    const why = answer.type === 'unusable' ? answer.problem : 'no reason given';
    return [{ path: [], message: `the plugin cannot check it: ${why}` }];
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
    this.means.inspector.close();
    const ended = Promise.allSettled([...this.running, this.pool.close(), this.means.cache.close()]);
    const patience = new AbortController();
    const longEnough = sleep(this.limits.killAfterMs + closeAfterKillMs, null, patience).catch(() => null);
    await Promise.race([ended, longEnough]);
    patience.abort();
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
    const redactor = new Redactor(resolved.secrets);
    const device = deviceOf(found.description, resolved.parameters);
    const value = await this.inTurn({ ...call, device }, found, resolved, redactor);
    return this.checked(call, schema, value, redactor);
  }

  private async inTurn(
    call: CallOfDevice,
    found: FoundPlugin,
    resolved: ResolvedParameters,
    redactor: Redactor,
  ): Promise<unknown> {
    const signal = AbortSignal.any([this.closing.signal, ...(call.signal ? [call.signal] : [])]);
    this.refuseStuck(call);
    const { kind, plugin, operation, device, purpose } = call;
    const onWaiting = (text: string) => call.onLine?.({ level: 'info', text, place: '' });
    const place = await this.places.take({ kind, plugin, operation, device, purpose, onWaiting }, signal);
    try {
      this.refuseStuck(call);
      call.onStart?.();
      return await this.run(call, found, resolved, { redactor, signal, place });
    } catch (error) {
      throw redactedError(error, redactor);
    } finally {
      place.free();
    }
  }

  private async run(
    call: CallOfDevice,
    found: FoundPlugin,
    resolved: ResolvedParameters,
    {
      redactor,
      signal,
      place,
    }: { readonly redactor: Redactor; readonly signal: AbortSignal; readonly place: TakenPlace },
  ): Promise<unknown> {
    const { killAfterMs, giveUpAfterMs, quietMs, printedCharacters } = this.limits;
    const stallMs = call.stallMs ?? this.limits.stallMs[call.kind];
    const heapMb = this.limits.heapMb[call.kind];
    const owner = { kind: call.kind, plugin: call.plugin, secrets: resolved.secrets };
    const lines = new RedactedLines(redactor, (line) => call.onLine?.(line));
    const running = this.pool.run(owner, {
      plugin: call.plugin,
      timeoutMs: call.timeoutMs,
      waitedMs: place.waitedMs,
      stallMs,
      ...{ killAfterMs, giveUpAfterMs, quietMs, heapMb, printedCharacters, signal },
      onLine: (line, source) => lines.push(source, line),
      onProgress: (progress) => call.onProgress?.(progress),
      onQuiet: (quiet) => place.quiet(quiet),
      onStuck: (gone) => this.rememberStuck(call, gone),
      message: {
        type: 'call',
        file: found.file,
        folder: found.folder,
        operation: call.operation,
        parameters: resolved.parameters,
        stallMs: Number.isFinite(stallMs) ? stallMs : null,
        input: { ...call.input },
        now: systemClock.now(),
        residentMemoryMb: residentMemoryMb(heapMb),
        parentPid: process.pid,
      },
    });
    try {
      return await running;
    } finally {
      lines.end();
    }
  }

  /** @throws WardroundError `plugin-timed-out` while an earlier call of the same is stuck */
  private refuseStuck({ kind, plugin, parameters, device }: CallOfDevice): void {
    const refusal = this.stuck.refusal(kind, plugin, parameters, systemClock.now(), device);
    if (refusal !== null) throw new WardroundError('plugin-timed-out', `${plugin}: ${refusal}`);
  }

  private rememberStuck({ kind, plugin, parameters, device }: CallOfDevice, gone: Promise<void>): void {
    const stuck = { kind, plugin, parameters, device, since: systemClock.now() };
    this.stuck.add(stuck);
    void gone.then(() => this.stuck.remove(stuck));
  }

  private checked(call: AnyCall, schema: z.ZodType, value: unknown, redactor: Redactor): unknown {
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const text = `${call.plugin}: ${call.operation} returned an invalid result: ${faultsText(parsed.error)}`;
      throw new WardroundError('plugin-failed', redactor.redact(withoutColours(text)));
    }
    // The paths of a source's trees are read by the pipeline and must stay what they are.
    return call.operation === 'prepare' ? parsed.data : redactor.redactWithin(parsed.data);
  }

  private find(kind: PluginKind, name: string): FoundPlugin | null {
    return (
      this.discovery.found.find(({ description }) => description.kind === kind && description.name === name) ?? null
    );
  }

  private unknown(kind: PluginKind, name: string): string {
    const folders = foldersFor(kind, name);
    const problem = this.discovery.problems.find(({ folder }) => folders.includes(folder));
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
  readonly purpose?: string;
  readonly timeoutMs: number | null;
  readonly stallMs?: number;
  readonly signal?: AbortSignal;
  onStart?(): void;
  onLine?: PluginCall<'checkup', 'run'>['onLine'];
  onProgress?: PluginCall<'checkup', 'run'>['onProgress'];
}

/** With what means the device that it alone may use; null: none. */
interface CallOfDevice extends AnyCall {
  readonly device: string | null;
}

function redactedError(error: unknown, redactor: Redactor): unknown {
  if (!(error instanceof WardroundError)) return error;
  const message = redactor.redact(withoutColours(error.message));
  if (message === error.message) return error;
  const { cause } = error;
  const options = cause instanceof Error ? { cause: redactedCause(cause, redactor) } : undefined;
  return new WardroundError(error.code, message, error.advice, options);
}

/** The cause was made for this call alone, so its text can be replaced in place. */
function redactedCause(cause: Error, redactor: Redactor): Error {
  cause.message = redactor.redact(withoutColours(cause.message));
  delete cause.stack;
  return cause;
}
