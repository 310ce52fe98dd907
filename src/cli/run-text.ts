import type { ProtocolLine, Run } from './answers.js';
import { plain, secondText, terminalReader } from './format.js';
import { durationText } from '../shared/duration-text.js';
import { bytesText, countText } from '../shared/quantity.js';
import { withLocalTimes } from '../shared/snapshot-times.js';
import { statusText, type Paint } from './style.js';

/** A line of the protocol: `02:00:07  local-copy  documents: 120 files copied  (/srv/records)`. */
export function protocolText(line: ProtocolLine, timeZone: string, paint: Paint): string {
  const level = line.level === 'info' ? '' : `${line.level.toUpperCase()} `;
  const place = line.place === '' || line.text.includes(line.place) ? '' : `  (${line.place})`;
  const text = withLocalTimes(plain(`${level}${line.text}${place}`), terminalReader(timeZone));
  const tone = line.level === 'error' ? 'red' : 'yellow';
  const time = secondText(line.time, timeZone).slice(11);
  return `${paint('dim', time)}  ${plain(line.step)}  ${line.level === 'info' ? text : paint(tone, text)}`;
}

/** What became of a run, in a few lines. */
export function outcomeLines(run: Run, paint: Paint, timeZone = 'UTC'): readonly string[] {
  const took = tookText(run);
  const copied = `${run.job}: ${countText(run.files, 'file')}, ${bytesText(run.bytes)}${took}`;
  const head =
    run.outcome === 'succeeded'
      ? `${statusText('ok', paint)}  ${copied}`
      : run.outcome === 'suspicious'
        ? `${statusText('suspicious', paint)}  ${copied}`
        : `${statusText('failed', paint)}  ${run.job}${took}`;
  const odd = run.suspicions.map(({ text }) => `  ${paint('yellow', '!')} ${plain(text)}`);
  return [
    head,
    ...odd,
    ...run.copies.map((copy) => `  ${withLocalTimes(copyText(copy, paint), terminalReader(timeZone))}`),
  ];
}

/** Nothing where a clock that was wrong leaves it unknown. */
function tookText({ startedAt, completedAt, clockWrong }: Run): string {
  const ms = Date.parse(completedAt ?? '') - Date.parse(startedAt);
  return ms >= 0 && !clockWrong ? ` in ${durationText(ms)}` : '';
}

function copyText({ destination, outcome, place, error }: Run['copies'][number], paint: Paint): string {
  switch (outcome) {
    case 'succeeded':
      return `${paint('green', '✓')} ${destination}: verified in ${plain(place ?? 'its place')}`;
    case 'failed':
      return `${paint('red', '✗')} ${destination}: ${plain(error?.text ?? 'failed')}`;
    case 'not-reached':
      return `${paint('yellow', '?')} ${destination}: not reached`;
  }
}
