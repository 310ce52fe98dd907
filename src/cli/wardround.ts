#!/usr/bin/env node
import { settleTimeZone } from '../shared/own-time-zone.adapter.js';
import { exitCodeAfter, guardOutputs } from './outputs.adapter.js';
import { runProgram } from './program.adapter.js';

// What is made here, and by what is started here, is for this user alone; where others are to see it, its mode says so.
process.umask(0o077);
guardOutputs();
settleTimeZone();

process.exitCode = await exitCodeAfter(await runProgram(process.argv.slice(2)));
// Whatever still waits for what does not answer keeps no command alive that has ended, once all it said is printed.
setInterval(() => {
  if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
}, 1000).unref();
