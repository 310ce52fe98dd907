import { localCopyName, type CopyReport, type ProtocolLine } from '../backups/backups.events.js';
import type { EventOf } from '../event-log/event-types.js';
import type { alarmCleared } from '../rules/rules.events.js';
import type { Severity } from '../shared/severity.js';
import type { MessageReason } from './notifications.events.js';
import { oneLine } from './plain-text.js';
import type { Locale } from './recipient-group.js';

/** The words of a message that depend on what happened; all others stand in its template. */
export interface Words {
  readonly outcomes: Readonly<Record<'succeeded' | 'suspicious' | 'failed', string>>;
  readonly copyOutcomes: Readonly<Record<CopyReport['outcome'], string>>;
  readonly localCopy: string;
  /** The steps of a run: `prepare`, `copy second`, `verify local-copy`, `tidy up`. */
  readonly steps: Readonly<Record<'prepare' | 'copy' | 'verify' | 'tidy up', string>>;
  readonly levels: Readonly<Record<Exclude<ProtocolLine['level'], 'info'>, string>>;
  readonly lineOutcomes: Readonly<Record<ProtocolLine['outcome'], string>>;
  readonly reasons: Readonly<Record<MessageReason, string>>;
  readonly triggers: Readonly<Record<'timetable' | 'missed-start' | 'never-succeeded' | 'person', string>>;
  readonly severities: Readonly<Record<Severity, string>>;
  readonly clearedBecause: Readonly<Record<EventOf<typeof alarmCleared>['data']['because'], string>>;
  /** What could not be delivered: the channel, and ` (receivers): the error`. */
  inPlaceOf(channel: string, receivers: string): string;
  /** In place of lines that there is no room for. */
  linesLeftOut(count: string): string;
  readonly cut: string;
}

export const words: Readonly<Record<Locale, Words>> = {
  en: {
    outcomes: { succeeded: 'Succeeded', suspicious: 'Suspicious', failed: 'Failed' },
    copyOutcomes: { succeeded: 'succeeded', failed: 'failed', 'not-reached': 'not reached' },
    localCopy: 'local copy',
    steps: { prepare: 'prepare', copy: 'copy', verify: 'verify', 'tidy up': 'tidy up' },
    levels: { warning: 'Warning', error: 'Error' },
    lineOutcomes: { begun: 'begun', done: 'done', skipped: 'skipped', failed: 'failed', note: 'note' },
    reasons: {
      'backup-failed': 'it subscribes to failed backups',
      'backup-suspicious': 'it subscribes to backups that went wrong',
      'always-with-log': 'it subscribes to every backup, with the whole protocol',
      'digest-due': 'its digest was due',
      'alarm-raised': 'it subscribes to alarms',
      'alarm-cleared': 'it was notified when this alarm was raised',
    },
    severities: { critical: 'Critical', warning: 'Warning' },
    clearedBecause: {
      'condition-ended': 'The cause has ended.',
      'rule-retired': 'Its rule was removed from the configuration. The cause may still be there.',
      'rule-changed': 'Its rule was changed. If the cause is still there, a new alarm follows.',
      'server-retired': 'Its server was removed from the configuration and is not watched any more.',
    },
    inPlaceOf: (channel, receivers) => `This message could not be delivered by ${channel}${receivers}`,
    triggers: {
      timetable: 'by the timetable',
      'missed-start': 'as soon as possible after a start that was missed',
      'never-succeeded': 'at once, since it had never succeeded',
      person: 'on demand',
    },
    linesLeftOut: (count) => `(${count} lines are left out here for their length; Wardround's board shows them all)`,
    cut: "(The rest is left out here for its length; Wardround's board shows all of it.)",
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
    reasons: {
      'backup-failed': 'sie Nachrichten über fehlgeschlagene Datensicherungen erhält',
      'backup-suspicious': 'sie Nachrichten über auffällige Datensicherungen erhält',
      'always-with-log': 'sie über jede Datensicherung mit vollständigem Protokoll informiert wird',
      'digest-due': 'ihre Übersicht fällig war',
      'alarm-raised': 'sie Alarme erhält',
      'alarm-cleared': 'sie über den Beginn dieses Alarms informiert wurde',
    },
    severities: { critical: 'Kritisch', warning: 'Warnung' },
    clearedBecause: {
      'condition-ended': 'Die Ursache besteht nicht mehr.',
      'rule-retired': 'Die Regel wurde aus der Konfiguration entfernt. Die Ursache kann weiter bestehen.',
      'rule-changed': 'Die Regel wurde geändert. Besteht die Ursache weiter, folgt ein neuer Alarm.',
      'server-retired': 'Der Server wurde aus der Konfiguration entfernt und wird nicht mehr überwacht.',
    },
    inPlaceOf: (channel, receivers) => `Diese Nachricht konnte über ${channel} nicht zugestellt werden${receivers}`,
    triggers: {
      timetable: 'nach Zeitplan',
      'missed-start': 'nachgeholt nach einem verpassten Start',
      'never-succeeded': 'sofort, da noch keine Sicherung gelungen war',
      person: 'von Hand',
    },
    linesLeftOut: (count) =>
      `(${count} Zeilen sind hier wegen ihrer Länge ausgelassen; die Wardround-Tafel zeigt sie alle)`,
    cut: '(Der Rest ist hier wegen seiner Länge ausgelassen; die Wardround-Tafel zeigt alles.)',
  },
};

/** What a place for copies is called: `second`, and the one on the server itself in the reader's language. */
export function destinationText(destination: string, say: Words): string {
  return destination === localCopyName ? say.localCopy : oneLine(destination);
}

/** A step of a run in the reader's language; one that is not known stays as it is. */
export function stepText(step: string, say: Words): string {
  if (step === 'prepare' || step === 'tidy up') return say.steps[step];
  const [, verb, destination] = /^(copy|verify) (.+)$/s.exec(step) ?? [];
  if (destination === undefined || (verb !== 'copy' && verb !== 'verify')) return oneLine(step);
  return `${say.steps[verb]}: ${destinationText(destination, say)}`;
}
