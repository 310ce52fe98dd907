// Runs npm scripts side by side: node test/tools/side-by-side.mjs <script> …
// What each printed is shown when it ends; the exit code is 1 if one of them failed.
import { spawn } from 'node:child_process';

const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
const began = Date.now();
const ends = await Promise.all(process.argv.slice(2).map(run));
process.exitCode = ends.every((code) => code === 0) ? 0 : 1;

function run(script) {
  return new Promise((resolve) => {
    const child = spawn(npm[0], [...npm.slice(1), 'run', '--silent', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Several consoles at once are read by no one: no colours, no progress.
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (printed += text));
    child.on('close', (code) => {
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      console.log(`${code === 0 ? 'good' : 'FAILED'}  ${script} (${seconds} s)`);
      if (code !== 0 || printed.includes('warning')) console.log(printed.trimEnd());
      resolve(code);
    });
  });
}
