import type { PluginKind } from '../../../plugins/sdk/plugin.js';
import { timeZoneSchema } from '../../shared/schedule.js';
import type { Knowledge, KnownPlugin } from './knowledge.js';
import { pathParameterFaults, referenceFaults } from './paths-and-references.js';
import { shown, wantedOf, type Fault, type Path } from './problem.js';
import { descriptionAt, keysAt, schemaNode } from './schema-hints.js';
import { meant } from './suggestion.js';
import { valueAt } from './value-at.js';

export function timeFaults(
  { at, timeZone }: { readonly at: string | null; readonly timeZone: string | null },
  path: Path,
  knowledge: Knowledge,
): readonly Fault[] {
  // An unknown zone is told at its own place; the line is judged by the computer's own then.
  const zone = timeZoneSchema.safeParse(timeZone);
  const fault = at === null ? null : knowledge.cronFault(at, zone.success ? zone.data : undefined);
  if (fault === null) return [];
  return [
    {
      path: [...path, 'at'],
      message: fault,
      advice: 'Write minute, hour, day, month and weekday, such as "0 2 * * *" for 02:00 every day',
    },
  ];
}

export function pluginFaults(
  kind: PluginKind,
  { plugin, parameters }: { readonly plugin: string | null; readonly parameters?: unknown },
  path: Path,
  knowledge: Knowledge,
): readonly Fault[] {
  if (plugin === null) return [];
  const known = knowledge.plugins.find((one) => one.kind === kind && one.name === plugin);
  if (known === undefined) {
    const what = `${kind === 'checkup' ? 'check-up' : kind} plugin`;
    return unknownName(plugin, pluginNames(kind, knowledge), [...path, 'plugin'], what);
  }
  const within = [...path, 'parameters'];
  return [
    ...knowledge
      .parameterFaults(kind, plugin, parameters ?? {})
      .map((fault) => parameterFault(known, parameters, fault, within)),
    ...referenceFaults(parameters, within),
    ...pathParameterFaults(parameters, within),
  ];
}

function parameterFault(
  plugin: KnownPlugin,
  parameters: unknown,
  fault: { readonly path: Path; readonly message: string },
  within: Path,
): Fault {
  const hints = schemaNode(plugin.jsonSchema);
  const value = valueAt(parameters, fault.path);
  const missing = value === undefined && fault.path.length > 0;
  const description = descriptionAt(hints, fault.path);
  const takes = keysAt(hints, []).join(', ');
  return {
    ...wantedOf(/expected (\w+), received/.exec(fault.message)?.[1] ?? ''),
    path: [...within, ...fault.path],
    message: missing ? `${shown(fault.path.at(-1))} is missing` : `${shown(value)} is wrong here: ${fault.message}`,
    advice: description || (takes === '' ? `${plugin.name} takes no parameters` : `${plugin.name} takes ${takes}`),
  };
}

export function pluginNames(kind: PluginKind, { plugins }: Knowledge): readonly string[] {
  return plugins.filter((plugin) => plugin.kind === kind).map(({ name }) => name);
}

export function unknownName(name: string | null, known: readonly string[], path: Path, what: string): readonly Fault[] {
  if (name === null || known.includes(name)) return [];
  return [{ path, message: `there is no ${what} ${shown(name)}`, advice: meant(name, known, what) }];
}

/** Things of one kind with the same name, of which there may be one. */
export function repeats(
  things: readonly { readonly name: string | null }[],
  path: Path,
  what: string,
): readonly Fault[] {
  const seen = new Set<string>();
  return things.flatMap(({ name }, index) => {
    if (name === null || !seen.has(name)) {
      if (name !== null) seen.add(name);
      return [];
    }
    const message = `there is already a ${what} ${shown(name)}`;
    return [{ path: [...path, index, 'name'], message, advice: 'Use a different name for each' }];
  });
}
