#!/usr/bin/env node
import { exitCodes } from './exit-codes.js';
import { runProgram } from './program.adapter.js';

// `wardround log | head` ends when `head` has seen enough: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.good);
});

process.exitCode = await runProgram(process.argv.slice(2));
