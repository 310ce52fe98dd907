import type { Verdict } from '../decide.js';
import type { About } from '../notifications.events.js';
import type { Occurrence } from './occasion.js';

/** The messages among verdicts on one thing. */
export function occurrencesOf(verdicts: readonly Verdict[], about: About): readonly Occurrence[] {
  return verdicts.flatMap((verdict) => (verdict.tell ? [{ ...verdict, about: [about], period: null }] : []));
}
