import { localCopyName, type CopyReport, type ProtocolLine } from '../../../backups/backups.events.js';
import { oneLine } from '../../plain-text.js';
import type { Locale } from '../../recipient-group.js';

/** The words about a run that depend on what happened; all others are in its templates. */
export interface RunWords {
  readonly outcomes: Readonly<Record<'succeeded' | 'suspicious' | 'failed', string>>;
  readonly copyOutcomes: Readonly<Record<CopyReport['outcome'], string>>;
  readonly localCopy: string;
  /** The steps of a run: `prepare`, `copy second`, `verify local-copy`, `tidy up`. */
  readonly steps: Readonly<Record<'prepare' | 'copy' | 'verify' | 'tidy up', string>>;
  readonly levels: Readonly<Record<Exclude<ProtocolLine['level'], 'info'>, string>>;
  readonly lineOutcomes: Readonly<Record<ProtocolLine['outcome'], string>>;
  readonly triggers: Readonly<Record<'timetable' | 'missed-start' | 'never-succeeded' | 'person', string>>;
  /** Replaces lines that do not fit. */
  linesLeftOut(count: string): string;
}

export const runWords: Readonly<Record<Locale, RunWords>> = {
  en: {
    outcomes: { succeeded: 'Succeeded', suspicious: 'Suspicious', failed: 'Failed' },
    copyOutcomes: { succeeded: 'succeeded', failed: 'failed', 'not-reached': 'not reached' },
    localCopy: 'local copy',
    steps: { prepare: 'prepare', copy: 'copy', verify: 'verify', 'tidy up': 'tidy up' },
    levels: { warning: 'Warning', error: 'Error' },
    lineOutcomes: { begun: 'started', done: 'done', skipped: 'skipped', failed: 'failed', note: 'note' },
    triggers: {
      timetable: 'scheduled',
      'missed-start': 'as soon as possible after a missed start',
      'never-succeeded': 'immediately, because it had never succeeded',
      person: 'on demand',
    },
    linesLeftOut: (count) =>
      `(${count} lines are omitted here because of their length; the Wardround board shows them all)`,
  },
  de: {
    outcomes: { succeeded: 'Erfolgreich', suspicious: 'Auffällig', failed: 'Fehlgeschlagen' },
    copyOutcomes: { succeeded: 'erfolgreich', failed: 'fehlgeschlagen', 'not-reached': 'nicht erreicht' },
    localCopy: 'lokale Kopie',
    steps: { prepare: 'Vorbereiten', copy: 'Kopieren', verify: 'Prüfen', 'tidy up': 'Aufräumen' },
    levels: { warning: 'Warnung', error: 'Fehler' },
    lineOutcomes: {
      begun: 'gestartet',
      done: 'erledigt',
      skipped: 'übersprungen',
      failed: 'fehlgeschlagen',
      note: 'Hinweis',
    },
    triggers: {
      timetable: 'planmäßig',
      'missed-start': 'nachgeholt nach verpasstem Start',
      'never-succeeded': 'sofort, da es noch keine erfolgreiche Sicherung gab',
      person: 'manuell',
    },
    linesLeftOut: (count) =>
      `(${count} Zeilen wurden hier aus Platzgründen weggelassen; das Wardround-Dashboard zeigt alle)`,
  },
};

/** The display name of a destination: `second`, or the local copy in the reader's language. */
export function destinationText(destination: string, say: RunWords): string {
  return destination === localCopyName ? say.localCopy : oneLine(destination);
}

/** A step of a run in the reader's language; unknown steps are returned unchanged. */
export function stepText(step: string, say: RunWords): string {
  if (step === 'prepare' || step === 'tidy up') return say.steps[step];
  const [, verb, destination] = /^(copy|verify) (.+)$/s.exec(step) ?? [];
  if (destination === undefined || (verb !== 'copy' && verb !== 'verify')) return oneLine(step);
  return `${say.steps[verb]}: ${destinationText(destination, say)}`;
}
