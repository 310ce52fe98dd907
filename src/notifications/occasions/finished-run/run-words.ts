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
  /** In place of lines that there is no room for. */
  linesLeftOut(count: string): string;
}

export const runWords: Readonly<Record<Locale, RunWords>> = {
  en: {
    outcomes: { succeeded: 'Succeeded', suspicious: 'Suspicious', failed: 'Failed' },
    copyOutcomes: { succeeded: 'succeeded', failed: 'failed', 'not-reached': 'not reached' },
    localCopy: 'local copy',
    steps: { prepare: 'prepare', copy: 'copy', verify: 'verify', 'tidy up': 'tidy up' },
    levels: { warning: 'Warning', error: 'Error' },
    lineOutcomes: { begun: 'begun', done: 'done', skipped: 'skipped', failed: 'failed', note: 'note' },
    triggers: {
      timetable: 'by the timetable',
      'missed-start': 'as soon as possible after a start that was missed',
      'never-succeeded': 'at once, since it had never succeeded',
      person: 'on demand',
    },
    linesLeftOut: (count) => `(${count} lines are left out here for their length; Wardround's board shows them all)`,
  },
  de: {
    outcomes: { succeeded: 'Erfolgreich', suspicious: 'Auffällig', failed: 'Fehlgeschlagen' },
    copyOutcomes: { succeeded: 'erfolgreich', failed: 'fehlgeschlagen', 'not-reached': 'nicht erreicht' },
    localCopy: 'lokale Kopie',
    steps: { prepare: 'Vorbereiten', copy: 'Kopieren', verify: 'Prüfen', 'tidy up': 'Aufräumen' },
    levels: { warning: 'Warnung', error: 'Fehler' },
    lineOutcomes: {
      begun: 'begonnen',
      done: 'erledigt',
      skipped: 'übersprungen',
      failed: 'fehlgeschlagen',
      note: 'Hinweis',
    },
    triggers: {
      timetable: 'nach Zeitplan',
      'missed-start': 'nachgeholt nach einem verpassten Start',
      'never-succeeded': 'sofort, da noch keine Sicherung gelungen war',
      person: 'von Hand',
    },
    linesLeftOut: (count) =>
      `(${count} Zeilen sind hier wegen ihrer Länge ausgelassen; die Wardround-Tafel zeigt sie alle)`,
  },
};

/** What a place for copies is called: `second`, and the one on the server itself in the reader's language. */
export function destinationText(destination: string, say: RunWords): string {
  return destination === localCopyName ? say.localCopy : oneLine(destination);
}

/** A step of a run in the reader's language; one that is not known stays as it is. */
export function stepText(step: string, say: RunWords): string {
  if (step === 'prepare' || step === 'tidy up') return say.steps[step];
  const [, verb, destination] = /^(copy|verify) (.+)$/s.exec(step) ?? [];
  if (destination === undefined || (verb !== 'copy' && verb !== 'verify')) return oneLine(step);
  return `${say.steps[verb]}: ${destinationText(destination, say)}`;
}
