import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Someone else on the same computer. */
export const other = 4242;

/** Why there is no second user here; null if there is one. */
export function whyNoSecondUser(): string | null {
  if (process.platform !== 'linux') return 'only tried on Linux';
  if (process.getuid?.() !== 0) return 'only root may become another user';
  const tried = spawnSync(process.execPath, ['-e', ''], { uid: other, gid: other, cwd: '/' });
  return tried.status === 0 ? null : 'another user cannot run Node here';
}

/** Runs a program's text as the second user, to its end. `args` are its `process.argv.slice(1)`. @returns what it printed */
export function asOther(program: string, ...args: readonly string[]): string {
  const ran = spawnSync(process.execPath, ['--input-type=commonjs', '-e', program, ...args], {
    uid: other,
    gid: other,
    cwd: '/',
    encoding: 'utf8',
  });
  return `${ran.stdout}${ran.stderr}`;
}

const stops = new Set<() => Promise<string>>();

/** Stops what is still running, also after a test that failed. */
export async function stopAttacks(): Promise<void> {
  for (const stop of stops) await stop();
  stops.clear();
}

/** Runs a program's text as the second user until it is stopped. @returns a function that stops it and gives what it printed. */
export async function attacking(program: string, ...args: readonly string[]): Promise<() => Promise<string>> {
  const child = spawn(process.execPath, ['--input-type=commonjs', '-e', `console.log('begun');${program}`, ...args], {
    uid: other,
    gid: other,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child.stdout, 'data');
  const stop = async (): Promise<string> => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return said;
  };
  stops.add(stop);
  return stop;
}

/** For programs: tries a call over and over, and lets no refusal end it. */
export const attempt = `
  const fs = require('node:fs');
  const path = require('node:path');
  const [, ...args] = process.argv;
  const attempt = (work) => { try { return work(); } catch { return undefined; } };
`;
