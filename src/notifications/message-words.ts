import type { Locale } from './recipient-group.js';

/** The words of every message, whatever it is about; an occasion has its own. */
export interface Words {
  /** What could not be delivered: the channel, and ` (receivers): the error`. */
  inPlaceOf(channel: string, receivers: string): string;
  readonly cut: string;
}

export const words: Readonly<Record<Locale, Words>> = {
  en: {
    inPlaceOf: (channel, receivers) => `This message could not be delivered by ${channel}${receivers}`,
    cut: "(The rest is left out here for its length; Wardround's board shows all of it.)",
  },
  de: {
    inPlaceOf: (channel, receivers) => `Diese Nachricht konnte über ${channel} nicht zugestellt werden${receivers}`,
    cut: '(Der Rest ist hier wegen seiner Länge ausgelassen; die Wardround-Tafel zeigt alles.)',
  },
};
