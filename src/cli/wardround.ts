#!/usr/bin/env node
import { settleTimeZone } from '../shared/own-time-zone.adapter.js';
import { exitCodeAfter, guardOutputs } from './outputs.adapter.js';
import { runProgram } from './program.adapter.js';

// What is made here, and by what is started here, is for this user alone; where others are to see it, its mode says so.
process.umask(0o077);
guardOutputs();
settleTimeZone();

process.exitCode = await exitCodeAfter(await runProgram(process.argv.slice(2)));
