import type { PluginKind } from '../../plugins/sdk/plugin.js';
import { localCopyName } from '../backups/backups.events.js';
import { timeZoneSchema } from '../shared/schedule.js';
import type { Draft, DraftPluginUse } from './draft.js';
import { pathFault, pathParameterFaults, referenceFaults } from './paths-and-references.js';
import { shown, type Fault, type Path } from './problem.js';
import { wantedOf } from './schema-faults.js';
import { descriptionAt, keysAt, schemaNode } from './schema-hints.js';
import { meant } from './suggestion.js';
import { valueAt } from './value-at.js';

export interface KnownPlugin {
  readonly kind: PluginKind;
  readonly name: string;
  /** Of its parameters. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

/** What the check of a file must be told by others. */
export interface Knowledge {
  readonly plugins: readonly KnownPlugin[];
  /** Of a known plugin; empty if the parameters are right. */
  parameterFaults(kind: PluginKind, plugin: string, parameters: unknown): readonly { path: Path; message: string }[];
  /** Why a cron line cannot be followed, e.g. `"61 2 * * *" is no cron line: …`; null if it can. */
  cronFault(line: string, timeZone: string | undefined): string | null;
  /** Why a pattern (RE2) cannot be used, e.g. `the pattern has …`; null if it can. */
  patternFault(pattern: string): string | null;
  /** Where a folder's path leads: two paths that lead to one place give the same text. */
  placeOf(path: string): string;
}

/** What is wrong in the file beyond the shape of its values: plugins, times, names that stand for nothing, repeats. */
export function checkFaults(draft: Draft, knowledge: Knowledge): readonly Fault[] {
  return [
    ...repeats(draft.servers, ['servers'], 'server'),
    ...checkupFaults(draft, knowledge),
    ...backupFaults(draft, knowledge),
    ...ruleFaults(draft, knowledge),
    ...groupFaults(draft, knowledge),
    ...(draft.smtp.caFile === null ? [] : pathFault(draft.smtp.caFile, ['smtp', 'caFile'])),
  ];
}

function checkupFaults(draft: Draft, knowledge: Knowledge): readonly Fault[] {
  const first = draft.servers[0]?.name ?? '';
  const addressed = draft.checkups.map(({ name, server }) => ({ name, within: server ?? first }));
  return [
    ...repeats(addressed, ['checkups'], 'check-up'),
    ...draft.checkups.flatMap((checkup, index) => {
      const path = ['checkups', index];
      return [
        ...unknownName(checkup.server, namesOf(draft.servers), [...path, 'server'], 'server'),
        ...timeFaults(checkup, path, knowledge),
        ...pluginFaults('checkup', checkup, path, knowledge),
      ];
    }),
  ];
}

function backupFaults(draft: Draft, knowledge: Knowledge): readonly Fault[] {
  return [
    ...repeats(draft.backups, ['backups'], 'backup job'),
    ...draft.backups.flatMap((job, index) => {
      const path = ['backups', index];
      return [
        ...unknownName(job.server, namesOf(draft.servers), [...path, 'server'], 'server'),
        ...timeFaults(job, path, knowledge),
        ...sourceFaults(job.sources, [...path, 'sources'], knowledge),
        ...copyFaults(job.copies, [...path, 'copies'], knowledge),
        ...(job.localCopy?.path === null ? [] : pathFault(job.localCopy.path, [...path, 'localCopy', 'path'])),
      ];
    }),
  ];
}

function sourceFaults(sources: readonly DraftPluginUse[], path: Path, knowledge: Knowledge): readonly Fault[] {
  return [
    ...repeats(sources, path, 'source'),
    ...sources.flatMap((source, index) => pluginFaults('source', source, [...path, index], knowledge)),
  ];
}

function copyFaults(copies: readonly DraftPluginUse[], path: Path, knowledge: Knowledge): readonly Fault[] {
  return [
    ...repeats(copies, path, 'copy'),
    ...copies.flatMap((copy, index) => {
      const withPlugin = { ...copy, plugin: copy.plugin ?? 'folder' };
      const faults = pluginFaults('destination', withPlugin, [...path, index], knowledge);
      if (copy.name !== localCopyName) return faults;
      const message = `"${localCopyName}" is the name of the job's own local copy`;
      return [{ path: [...path, index, 'name'], message, advice: 'Choose another name' }, ...faults];
    }),
  ];
}

function ruleFaults(draft: Draft, knowledge: Knowledge): readonly Fault[] {
  const jobs = namesOf(draft.backups);
  return [
    ...repeats(draft.rules, ['rules'], 'rule'),
    ...draft.rules.flatMap(({ when }, index) => {
      const path = ['rules', index, 'when'];
      const fault = when.protocolLine === null ? null : knowledge.patternFault(when.protocolLine);
      return [
        ...unknownName(when.checkup, namesOf(draft.checkups), [...path, 'checkup'], 'check-up'),
        ...unknownName(when.job, jobs, [...path, 'job'], 'backup job'),
        ...unknownName(when.noSuccessOf, jobs, [...path, 'noSuccessOf'], 'backup job'),
        ...(fault === null ? [] : [wrongPattern(when.protocolLine, fault, [...path, 'protocolLine'])]),
      ];
    }),
  ];
}

function wrongPattern(pattern: string | null, fault: string, path: Path): Fault {
  return {
    path,
    message: `${shown(pattern)} cannot be matched with: ${fault}`,
    advice: 'It is a regular expression of RE2 (https://github.com/google/re2/wiki/Syntax)',
  };
}

function groupFaults(draft: Draft, knowledge: Knowledge): readonly Fault[] {
  const channels = pluginNames('channel', knowledge);
  return [
    ...repeats(draft.recipientGroups, ['recipientGroups'], 'recipient group'),
    ...draft.recipientGroups.flatMap(({ timeZone, subscriptions }, index) =>
      subscriptions.flatMap(({ channel, at, jobs, rules }, place) => {
        const path = ['recipientGroups', index, 'subscriptions', place];
        return [
          ...unknownName(channel, channels, [...path, 'channel'], 'channel'),
          ...timeFaults({ at, timeZone }, path, knowledge),
          ...jobs.flatMap((job, position) =>
            unknownName(job, namesOf(draft.backups), [...path, 'jobs', position], 'backup job'),
          ),
          ...rules.flatMap((rule, position) =>
            unknownName(rule, namesOf(draft.rules), [...path, 'rules', position], 'rule'),
          ),
        ];
      }),
    ),
  ];
}

function timeFaults(
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

function pluginFaults(
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

function pluginNames(kind: PluginKind, { plugins }: Knowledge): readonly string[] {
  return plugins.filter((plugin) => plugin.kind === kind).map(({ name }) => name);
}

function namesOf(things: readonly { readonly name: string | null }[]): readonly string[] {
  return [...new Set(things.flatMap(({ name }) => (name === null ? [] : [name])))];
}

function unknownName(name: string | null, known: readonly string[], path: Path, what: string): readonly Fault[] {
  if (name === null || known.includes(name)) return [];
  return [{ path, message: `there is no ${what} ${shown(name)}`, advice: meant(name, known, what) }];
}

/** Things of one kind with the same name; `within` tells apart what may repeat a name elsewhere. */
function repeats(
  things: readonly { readonly name: string | null; readonly within?: string }[],
  path: Path,
  what: string,
): readonly Fault[] {
  const seen = new Set<string>();
  return things.flatMap(({ name, within = '' }, index) => {
    const key = `${within}\n${name}`;
    if (name === null || !seen.has(key)) {
      seen.add(key);
      return [];
    }
    const message = `there is already a ${what} ${shown(name)}${within === '' ? '' : ` on ${shown(within)}`}`;
    return [{ path: [...path, index, 'name'], message, advice: 'Give each a name of its own' }];
  });
}
