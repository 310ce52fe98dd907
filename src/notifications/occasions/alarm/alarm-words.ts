import type { EventOf } from '../../../event-log/event-types.js';
import type { alarmCleared } from '../../../rules/rules.events.js';
import type { Severity } from '../../../shared/severity.js';
import type { Locale } from '../../recipient-group.js';

/** The words about an alarm that depend on what happened; all others are in its templates. */
export interface AlarmWords {
  readonly severities: Readonly<Record<Severity, string>>;
  readonly clearedBecause: Readonly<Record<EventOf<typeof alarmCleared>['data']['because'], string>>;
}

export const alarmWords: Readonly<Record<Locale, AlarmWords>> = {
  en: {
    severities: { critical: 'Critical', warning: 'Warning' },
    clearedBecause: {
      'condition-ended': 'The cause has ended.',
      'rule-retired': 'Its rule was removed from the configuration. The cause may still be there.',
      'rule-changed': 'Its rule was changed. If the cause is still there, a new alarm follows.',
      'server-retired': 'Its server was removed from the configuration and is not watched any more.',
    },
  },
  de: {
    severities: { critical: 'Kritisch', warning: 'Warnung' },
    clearedBecause: {
      'condition-ended': 'Die Ursache besteht nicht mehr.',
      'rule-retired': 'Die Regel wurde aus der Konfiguration entfernt. Die Ursache kann weiter bestehen.',
      'rule-changed': 'Die Regel wurde geändert. Besteht die Ursache weiter, folgt ein neuer Alarm.',
      'server-retired': 'Der Server wurde aus der Konfiguration entfernt und wird nicht mehr überwacht.',
    },
  },
};
