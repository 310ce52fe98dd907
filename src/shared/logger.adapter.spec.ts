import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { logToStderr } from './logger.adapter.js';

let written = '';
let isTerminal: true | undefined;
const before = { isTTY: process.stderr.isTTY, noColor: process.env['NO_COLOR'] };

beforeEach(() => {
  written = '';
  delete process.env['NO_COLOR'];
  Object.defineProperty(process.stderr, 'isTTY', { get: () => isTerminal, configurable: true });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  Object.defineProperty(process.stderr, 'isTTY', { value: before.isTTY, configurable: true });
  if (before.noColor !== undefined) process.env['NO_COLOR'] = before.noColor;
  Logger.overrideLogger(new ConsoleLogger());
});

/** What a warning looks like. */
function warning({ terminal, wantsColour }: { terminal: boolean; wantsColour?: boolean }): string {
  isTerminal = terminal || undefined;
  logToStderr(wantsColour);
  new Logger('Test').warn('the disk is nearly full');
  return written;
}

describe('a log line', () => {
  it('F43: has no colours where there is no terminal', () => {
    const line = warning({ terminal: false });
    expect(line).toContain('the disk is nearly full');
    expect(line).not.toContain('\u001b');
  });

  it('F43: has no colours in a terminal with --no-color', () => {
    expect(warning({ terminal: true, wantsColour: false })).not.toContain('\u001b');
  });

  it('F43 kind: has no colours in a terminal where NO_COLOR is set', () => {
    process.env['NO_COLOR'] = '1';
    expect(warning({ terminal: true })).not.toContain('\u001b');
  });

  it('F43 kind: has colours in a terminal otherwise', () => {
    expect(warning({ terminal: true })).toContain('\u001b[');
  });
});
