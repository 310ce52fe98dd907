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
    cut: '(The rest is omitted here because of its length. The Wardround board shows all of it.)',
  },
  de: {
    inPlaceOf: (channel, receivers) => `Diese Nachricht konnte über ${channel} nicht zugestellt werden${receivers}`,
    cut: '(Der Rest wurde hier aus Platzgründen weggelassen. Das Wardround-Dashboard zeigt die ganze Nachricht.)',
  },
};
