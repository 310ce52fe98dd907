import { spawn } from 'node:child_process';
import type { ExecOptions, ExecResult } from './plugin.js';

/** Of stdout and of stderr so much is kept; the rest is read and thrown away. */
const keptBytes = 1024 * 1024;
/** A program that ignores SIGTERM is killed after this. */
const killAfterMs = 1_000;

/**
 * Runs a program without a shell, so that no argument can be taken for a command: what `context.exec` does.
 * @throws Error if it cannot be started, if the signal fires, if a signal ends it, or, without `allowFailure`, if it exits
 * with something other than 0; the text has the end of what it wrote to stderr.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  options: ExecOptions,
  signal: AbortSignal,
): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Error(`${file} was not started, because the call was cancelled`));
      return;
    }
    const child = spawn(file, args, {
      shell: false,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const stdout = new KeptOutput(child.stdout);
    const stderr = new KeptOutput(child.stderr);
    let killer: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill('SIGTERM');
      killer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    };
    const over = () => {
      signal.removeEventListener('abort', stop);
      clearTimeout(killer);
    };
    signal.addEventListener('abort', stop, { once: true });
    // A program that ends without reading its input closes the pipe; its exit code says what that means.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.once('error', (error) => {
      over();
      reject(startError(file, error, options.cwd));
    });
    child.once('close', (exitCode, killedBy) => {
      over();
      const fault = faultOf(file, exitCode, killedBy, stderr.text(), options.allowFailure === true, signal.aborted);
      if (fault !== null || exitCode === null) reject(new Error(fault ?? `${file} ended`));
      else resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text() });
    });
  });
}

function faultOf(
  file: string,
  exitCode: number | null,
  killedBy: string | null,
  stderr: string,
  allowFailure: boolean,
  stopped: boolean,
): string | null {
  if (stopped) return `${file} was cancelled`;
  const said = lastLines(stderr);
  if (exitCode === null) return `${file} was ended by ${killedBy ?? 'a signal'}${said}`;
  return exitCode === 0 || allowFailure ? null : `${file} ended with exit code ${exitCode}${said}`;
}

function startError(file: string, error: Error, cwd: string | undefined): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') {
    const where = cwd === undefined ? '' : `, or the folder ${cwd} does not exist`;
    return new Error(`${file} was not found: is it installed, and in the PATH of Wardround${where}?`);
  }
  if (code === 'EACCES') return new Error(`${file} cannot be executed by Wardround's user`);
  return new Error(`${file} could not be started: ${error.message}`);
}

const toldCharacters = 1_000;

/**
 * The last lines, as many as there is room for. A cut is marked: the host, which knows the call's secrets, hides the beginning of
 * one there. The end of one it could not tell, so nothing is cut at the front of a line.
 */
function lastLines(stderr: string): string {
  const cut = Buffer.byteLength(stderr) >= keptBytes ? '…' : '';
  const lines = `${stderr.trim()}${cut}`.split(/\r?\n/).slice(-3);
  while (lines.length > 1 && lines.join(' / ').length > toldCharacters) lines.shift();
  const text = lines.join(' / ');
  if (text === '') return '';
  return text.length > toldCharacters ? `: ${text.slice(0, toldCharacters)}…` : `: ${text}`;
}

/** Reads a stream to its end and keeps its beginning. */
class KeptOutput {
  private readonly chunks: Buffer[] = [];
  private kept = 0;

  constructor(stream: NodeJS.ReadableStream) {
    stream.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, keptBytes - this.kept);
      this.kept += part.length;
      if (part.length > 0) this.chunks.push(part);
    });
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}
