import { CronTime } from 'cron';

/** Why a cron line can never be followed, in a sentence; null if it can. */
export function cronFault(line: string, timeZone: string | null): string | null {
  try {
    // An unknown zone is told elsewhere; the line itself is judged by the computer's own then.
    new CronTime(line, isTimeZone(timeZone) ? timeZone : undefined).sendAt();
    return null;
  } catch (error) {
    return sentence(error instanceof Error ? error.message : String(error));
  }
}

function sentence(text: string): string {
  if (text.includes('No execution date')) return 'no such day comes within the next eight years';
  const first = text.split('\n')[0]?.trim() ?? '';
  return first.charAt(0).toLowerCase() + first.slice(1);
}

function isTimeZone(name: string | null): name is string {
  return name !== null && Intl.supportedValuesOf('timeZone').includes(name);
}
