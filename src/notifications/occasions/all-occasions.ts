import { alarmOccasion } from './alarm/alarm.js';
import { finishedRunOccasion } from './finished-run/finished-run.js';
import { Occasions } from './occasions.js';
import { runDigestOccasion } from './run-digest/run-digest.js';

/** All that people can be notified of, and the only list of it. */
export const allOccasions = new Occasions([finishedRunOccasion, runDigestOccasion, alarmOccasion]);
