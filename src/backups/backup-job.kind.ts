import { pluginFaults, repeats, timeFaults } from '../definitions/checking/checks.js';
import { repeatedAddresses, serverFaults, textOfCalled } from '../definitions/checking/file-addresses.js';
import {
  draftList,
  draftOf,
  draftPluginUse,
  draftSchedule,
  draftText,
  type DraftPluginUse,
} from '../definitions/checking/draft.js';
import type { Knowledge } from '../definitions/checking/knowledge.js';
import { pathFault } from '../definitions/checking/paths-and-references.js';
import type { Fault, Path } from '../definitions/checking/problem.js';
import { defineKind } from '../definitions/kind.js';
import { listSection } from '../definitions/section.js';
import { backupJobDefined, backupJobRetired, localCopyName } from './backups.events.js';
import { backupJobDefinitionSchema } from './job.js';
import { nestedPlaceFaults, samePlaceFaults } from './same-place.js';

/** What to back up, where to, and when. */
export const backupJobKind = defineKind({
  name: 'backup-job',
  title: 'backup job',
  scope: 'server',
  schema: backupJobDefinitionSchema,
  defined: backupJobDefined,
  retired: backupJobRetired,
  nameField: 'job',
  folder: 'backups',
  sections: [
    listSection({
      item: backupJobDefinitionSchema,
      definition: (item) => item,
      place: (job, replace) => ({
        ...job,
        sources: replace(job.sources),
        copies: replace(job.copies),
        localCopy: replace(job.localCopy),
      }),
      key: 'backups',
      references: [
        ['sources', '*', 'parameters', '**'],
        ['copies', '*', 'parameters', '**'],
        ['localCopy', 'path'],
      ],
      describe: 'Backup jobs: what to back up, where to, when',
      draft: draftOf({
        ...draftSchedule,
        sources: draftList(draftPluginUse),
        copies: draftList(draftPluginUse),
        localCopy: draftOf({ path: draftText }),
      }),
      faults: (jobs, path, { knowledge, servers }) => [
        ...repeatedAddresses(jobs, servers, path, 'backup job'),
        ...nestedPlaceFaults(jobs, path, {
          placeOf: (place) => knowledge.placeOf(place),
          serverOf: (called) => textOfCalled(called, servers),
        }),
        ...jobs.flatMap((job, index) => {
          const within = [...path, index];
          return [
            ...serverFaults(job.server, servers, [...within, 'server']),
            ...timeFaults(job, within, knowledge),
            ...sourceFaults(job.sources, [...within, 'sources'], knowledge),
            ...copyFaults(job.copies, [...within, 'copies'], knowledge),
            ...samePlaceFaults(job, within, (place) => knowledge.placeOf(place)),
            ...(job.localCopy.path === null ? [] : pathFault(job.localCopy.path, [...within, 'localCopy', 'path'])),
          ];
        }),
      ],
    }),
  ],
});

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
