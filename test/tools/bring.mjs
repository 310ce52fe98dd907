// Brings what the tests need from elsewhere into .cache/, once.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const cache = fileURLToPath(new URL('../../.cache', import.meta.url));

/**
 * The folder `name` of .cache/, filled by `fill` if that was not done yet. Two processes may ask at once: each fills a folder of
 * its own, which becomes the real one by its name, and the second finds that there is one.
 * @param what says what is brought: where the folder holds something else, such as another version, it is brought again
 * @param inWords the same for people, who may have to wait
 */
export async function bringOnce({ name, what, inWords, fill }) {
  const folder = join(cache, name);
  if (holds(folder, what)) return folder;
  console.log(`Bringing ${inWords}, once`);
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(join(cache, `${name}-partial-`));
  try {
    // A temporary folder is for its owner alone; a server that runs as another user has to get in.
    chmodSync(partial, 0o755);
    await fill(partial);
    writeFileSync(join(partial, 'whole'), what); // the last thing, so that what was broken off is not taken for whole
    if (!holds(folder, what)) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(partial, folder);
    }
  } catch (error) {
    if (!holds(folder, what)) throw error; // otherwise another process was faster
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

function holds(folder, what) {
  const marker = join(folder, 'whole');
  return existsSync(marker) && readFileSync(marker, 'utf8') === what;
}

/**
 * Installs an npm package, such as `name@1.2.3`, into a folder.
 * @param allowScripts which packages may run scripts when they are installed, as npm has it in package.json
 */
export function npmInstall(folder, packageSpec, allowScripts = {}) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ private: true, allowScripts })}\n`);
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', packageSpec];
  try {
    execFileSync(npm[0], [...npm.slice(1), ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    throw new Error(`${packageSpec} could not be brought: ${firstLine(error)}`);
  }
}

/** What a program that failed said first, or else what the error says. */
export function firstLine(error) {
  const text = String(error.stderr ?? '') || error.message;
  return text.split('\n').find((line) => line.trim() !== '') ?? String(error);
}
