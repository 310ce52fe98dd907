import { FirstTables1764000000000 } from '../../migrations/1764000000000-first-tables.js';
import { Partitions1764100000000 } from '../../migrations/1764100000000-partitions.js';
import { ParkedEvents1764200000000 } from '../../migrations/1764200000000-parked-events.js';
import { SuspiciousRuns1764300000003 } from '../../migrations/1764300000003-suspicious-runs.js';
import { AlarmSubjects1764300000006 } from '../../migrations/1764300000006-alarm-subjects.js';
import { MessagesAbout1764300000007 } from '../../migrations/1764300000007-messages-about.js';
import { PlacesInTheLog1764300000060 } from '../../migrations/1764300000060-places-in-the-log.js';
import { RunsByOutcome1764300000070 } from '../../migrations/1764300000070-runs-by-outcome.js';
import { Clocks1764400000000 } from '../../migrations/1764400000000-clocks.js';
import { ManagedDefinitions1764500000010 } from '../../migrations/1764500000010-managed-definitions.js';

/** All steps from an empty database to today's, in order. Each runs on SQLite and on PostgreSQL. */
export const migrations = [
  FirstTables1764000000000,
  Partitions1764100000000,
  ParkedEvents1764200000000,
  SuspiciousRuns1764300000003,
  AlarmSubjects1764300000006,
  MessagesAbout1764300000007,
  PlacesInTheLog1764300000060,
  RunsByOutcome1764300000070,
  Clocks1764400000000,
  ManagedDefinitions1764500000010,
];
