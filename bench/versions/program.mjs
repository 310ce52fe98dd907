// A built Wardround, of any version, used as people use it: by its command line and its API.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export class Program {
  /**
   * @param root folder of a built checkout
   * @param folder holds `wardround.yaml` and `data/`
   */
  constructor(root, folder) {
    this.root = root;
    this.folder = folder;
  }

  /** Runs a command to its end, and returns what it printed. */
  async run(...args) {
    const child = this.#spawn(args, ['ignore', 'pipe', 'inherit']);
    let printed = '';
    child.stdout.on('data', (chunk) => (printed += chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`${this.root}: wardround ${args.join(' ')} ended with ${code}\n${printed}`);
    return printed;
  }

  /** Starts it, and resolves once it is ready: with its address, and with how to end it. */
  async start() {
    const child = this.#spawn(['--port', '0', 'start'], ['ignore', 'ignore', 'inherit']);
    const ended = new Promise((resolve) => child.once('close', resolve));
    const state = { code: null };
    void ended.then((code) => (state.code = code));
    const stop = async () => {
      child.kill('SIGTERM');
      await ended;
    };
    for (;;) {
      if (state.code !== null) throw new Error(`${this.root}: the start ended with ${state.code}`);
      const owner = this.#owner();
      if (owner?.pid === child.pid && owner.url && (await isReady(owner.url))) {
        return { url: owner.url, token: owner.token, stop };
      }
      await pause(100);
    }
  }

  #owner() {
    try {
      return JSON.parse(readFileSync(join(this.folder, 'data', 'process.json'), 'utf8'));
    } catch {
      return null; // not written yet
    }
  }

  #spawn(args, stdio) {
    const [bundled, compiled] = ['program', 'src/cli'].map((folder) => join(this.root, 'dist', folder, 'wardround.js'));
    const program = existsSync(bundled) ? bundled : compiled;
    const child = spawn(process.execPath, [program, ...args], {
      ...{ cwd: this.folder, stdio },
      env: { ...process.env, NO_COLOR: '1' },
    });
    process.once('exit', () => child.kill('SIGKILL')); // also when the bench fails
    return child;
  }
}

async function isReady(url) {
  try {
    return (await fetch(new URL('/readyz', url))).ok;
  } catch {
    return false;
  }
}
