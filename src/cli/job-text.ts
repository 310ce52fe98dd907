import { bytesText, countText } from '../shared/quantity.js';
import type { Job, Run } from './answers.js';
import { distanceText, plain } from './format.js';
import { statusText, type Paint } from './style.js';

/** How a job is, in a symbol and a word: that of a run in progress where nothing is wrong with it. */
export function jobStatusText({ state, status, running }: Job, paint: Paint): string {
  if (running && state !== 'running-too-long') return statusText('running', paint);
  if (status === 'ok' || status === 'unknown') return statusText(status, paint);
  return statusText(status, paint, state.replaceAll('-', ' '));
}

/** What became of a job's runs, in one line. */
export function jobText(job: Job, now: number): string {
  const { running, lastRun, lastSuccess, state } = job;
  if (running && state !== 'running-too-long') return progressText(running);
  const good = lastSuccess === null ? 'never succeeded' : `last good ${endText(lastSuccess, now)}`;
  const since = job.since === null ? 'long ago' : distanceText(job.since, now);
  switch (state) {
    case 'clock-wrong':
      return `the clock was wrong: the last good run is dated ${since}`;
    case 'overdue':
      return `missed its scheduled start ${since}; ${good}`;
    case 'running-too-long':
      return `${running ? `${progressText(running)}, ` : ''}started ${since}; ${good}`;
    case 'never-succeeded':
      return `defined ${since} and has not run`;
    case 'suspicious':
      return `suspicious ${since}: ${plain(lastRun?.suspicions[0]?.text ?? 'reason unknown')}; ${good}`;
    case 'failed':
      return `failed ${since}: ${plain(lastRun?.error?.text ?? 'reason unknown')}; ${good}`;
    default:
      if (lastSuccess === null) return lastRun === null ? 'never ran' : good;
      return `${good}, ${countText(lastSuccess.files, 'file')}, ${bytesText(lastSuccess.bytes)}`;
  }
}

function progressText({ percent, step }: Run): string {
  return `${Math.floor(percent)} % ${plain(step)}`.trimEnd();
}

function endText(run: Run, now: number): string {
  return run.clockWrong
    ? 'at an unknown time (the clock was wrong)'
    : distanceText(run.completedAt ?? run.startedAt, now);
}
