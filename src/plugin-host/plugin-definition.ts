import { z } from 'zod';
import type { Plugin, PluginKind } from '../../plugins/sdk/plugin.js';
import { nameSchema } from '../shared/names.js';
import { foldersFor, kindFolders } from './kind-folders.js';
import { holdsReference, holdsReferenceWithin } from './references.js';
import type { DestinationCapabilities } from './protocol.js';
import { operationsOf } from './results.js';

const baseSchema = z.object({
  kind: z.enum(['checkup', 'source', 'destination', 'channel'], 'must be checkup, source, destination or channel'),
  name: nameSchema,
  summary: z.string().min(1),
});

/**
 * What keeps a module from being a plugin, in a sentence; null if it is one.
 * @param folder where it is in the folder of all plugins: `sources/folder`; or, where that is not divided by kind, `folder`
 * or `folder-source`
 * @param exported the module's default export
 */
export function problemOf(folder: string, exported: unknown): string | null {
  if (typeof exported !== 'object' || exported === null) return 'its default export is not definePlugin({ … })';
  const base = baseSchema.safeParse(exported);
  if (!base.success) {
    const [issue] = base.error.issues;
    return `its ${issue?.path.map(String).join('.') ?? 'definition'} is wrong: ${issue?.message ?? 'unknown'}`;
  }
  const { kind, name } = base.data;
  const misplaced = misplacedIn(folder, kind, name);
  if (misplaced !== null) return misplaced;
  const parameters: unknown = Reflect.get(exported, 'parameters');
  if (!isSchema(parameters)) return 'its parameters are not a Zod schema, such as z.object({})';
  const unfit = kind === 'destination' ? capabilityProblem(exported) : null;
  if (unfit !== null) return unfit;
  const absent = operationsOf(kind).filter((name) => typeof Reflect.get(exported, name) !== 'function');
  if (absent.length > 0) return `a ${kind} needs the function ${absent.join(' and ')}`;
  try {
    z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' });
  } catch (error) {
    return `its parameters cannot be described: ${error instanceof Error ? error.message : String(error)}`;
  }
  return null;
}

const capabilities = z.object({
  contract: z
    .union([z.literal(1), z.literal(2)], 'must be 2; without one it is taken for contract 1, the one before')
    .default(1),
  exclusive: z
    .union(
      [z.literal(true), z.array(z.string()).min(1)],
      'must be true, or the names of the parameters that name the device',
    )
    .optional(),
  resumes: z.boolean().optional(),
});

function capabilityProblem(exported: object): string | null {
  const read = capabilities.safeParse(exported);
  if (!read.success) {
    const [issue] = read.error.issues;
    return `its ${issue?.path.map(String).join('.') ?? 'contract'} ${issue?.message ?? 'is wrong'}`;
  }
  const { contract, resumes } = read.data;
  return contract === 2 && resumes === undefined ? 'a destination of contract 2 needs resumes: true or false' : null;
}

/** What a destination says that it can do; null for other plugins. */
export function capabilitiesOf(plugin: Plugin): DestinationCapabilities | null {
  if (plugin.kind !== 'destination') return null;
  const { contract, exclusive = null, resumes = false } = capabilities.parse(plugin);
  return { contract, exclusive, resumes };
}

function misplacedIn(folder: string, kind: PluginKind, name: string): string | null {
  const [usual, ...flat] = foldersFor(kind, name);
  if (folder === usual || flat.includes(folder)) return null;
  const [ofKind, own] = folder.split('/');
  if (own === undefined) {
    return `its name is "${name}", so its folder must be called ${flat.map((other) => `"${other}"`).join(' or ')}, not "${folder}"`;
  }
  if (ofKind !== kindFolders[kind]) return `its kind is "${kind}", so it must be in "${usual}", not in "${folder}"`;
  return `its name is "${name}", so its folder must be "${usual}", not "${folder}"`;
}

/** Narrows a module's default export. */
export function isPlugin(folder: string, exported: unknown): exported is Plugin {
  return problemOf(folder, exported) === null;
}

export interface ParameterFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * The faults of parameters as a definition states them. Where a reference such as `${env:NAME}` stands, the value is not
 * known yet, so what the schema says about that string does not count; it is checked again with the resolved value before
 * each call.
 */
export function parameterFaults(schema: z.ZodType, parameters: unknown): readonly ParameterFault[] {
  const issues = issuesOf(schema, parameters);
  return issues
    .filter((issue) => !concernsReference(issue, parameters))
    .map((issue) => ({ path: pathOf(issue), message: issue.message }));
}

function issuesOf(schema: z.ZodType, parameters: unknown): readonly z.core.$ZodIssue[] {
  try {
    return schema.safeParse(parameters).error?.issues ?? [];
  } catch (error) {
    // The schema is the plugin author's: a refinement of it may throw, or be asynchronous, which no schema here may be.
    const message = `the plugin's own check of its parameters failed: ${error instanceof Error ? error.message : String(error)}`;
    return [{ code: 'custom', path: [], message, input: undefined }];
  }
}

function concernsReference(issue: z.core.$ZodIssue, parameters: unknown): boolean {
  const value = at(parameters, issue.path);
  if (typeof value === 'string') return holdsReference(value);
  const judgesTheWhole = issue.code === 'invalid_union' || issue.code === 'custom';
  return judgesTheWhole && holdsReferenceWithin(value);
}

function pathOf(issue: z.core.$ZodIssue): readonly (string | number)[] {
  return issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function isSchema(value: unknown): value is z.ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value && 'safeParse' in value;
}
