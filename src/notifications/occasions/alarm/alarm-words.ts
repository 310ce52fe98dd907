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
      'condition-ended': 'The problem no longer exists.',
      'rule-retired': 'Its rule was removed from the configuration. The problem may still exist.',
      'rule-changed': 'Its rule was changed. If the problem still exists, a new alarm is raised.',
      'server-retired': 'Its server was removed from the configuration and is no longer monitored.',
    },
  },
  de: {
    severities: { critical: 'Kritisch', warning: 'Warnung' },
    clearedBecause: {
      'condition-ended': 'Das Problem besteht nicht mehr.',
      'rule-retired': 'Die Regel wurde aus der Konfiguration entfernt. Das Problem besteht möglicherweise weiter.',
      'rule-changed': 'Die Regel wurde geändert. Falls das Problem weiter besteht, wird ein neuer Alarm ausgelöst.',
      'server-retired': 'Der Server wurde aus der Konfiguration entfernt und wird nicht mehr überwacht.',
    },
  },
};
