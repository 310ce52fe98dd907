import { backupCompleted } from '../../../backups/backups.events.js';
import { occurrencesOf } from '../occurrences.js';
import type { Occasion, ReasonWords } from '../occasion.js';
import { decideOnRun, type RunReason, type RunTemplate } from './decide-run.js';
import { runAbout } from './run-about.js';
import { runsModel } from './run-model.js';
import { readRuns, type RunRecords } from './run-record.js';

const templates = {
  'backup-succeeded': 'ok',
  'backup-failed': 'critical',
  'backup-suspicious': 'warning',
} as const satisfies Occasion['templates'] & Record<RunTemplate, unknown>;

const reasons = {
  'backup-failed': {
    en: 'it subscribes to failed backups',
    de: 'sie Nachrichten über fehlgeschlagene Datensicherungen erhält',
    board: 'A backup failed',
  },
  'backup-suspicious': {
    en: 'it subscribes to failed and suspicious backups',
    de: 'sie Nachrichten über auffällige Datensicherungen erhält',
    board: 'A backup is suspicious',
  },
  'always-with-log': {
    en: 'it subscribes to every backup, with the whole protocol',
    de: 'sie über jede Datensicherung mit vollständigem Protokoll informiert wird',
    board: 'This group subscribes to every backup',
  },
} as const satisfies Record<RunReason, ReasonWords>;

/** A backup has ended. */
export const finishedRunOccasion: Occasion<typeof backupCompleted, never, unknown, RunRecords> = {
  name: 'finished-run',
  subscriptions: {
    takes: ['failures-only', 'always-with-log'],
    describe: 'of backups',
    filters: ['sites', 'servers', 'jobs'],
  },
  about: runAbout,
  templates,
  reasons,
  events: [backupCompleted],
  decide(event, groups) {
    const { site, server, job, runId } = event.data;
    const verdicts = decideOnRun(
      groups.map(({ definition }) => definition),
      event,
    );
    return occurrencesOf(verdicts, runAbout.about({ site, server, job, runId }));
  },
  recordsOf: ({ about }, sources) => readRuns(about, sources),
  modelOf: ({ runs }, reader) => runsModel(runs, reader),
};
