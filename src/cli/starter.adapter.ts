/** A shell is gone for good: there is no hurry, and looking costs one system call. */
const lookEveryMs = 500;

/**
 * Calls back, once, when the shell is gone in which npm started this process. `npm start` and `npx` run a command in a shell
 * and pass SIGTERM on to that shell only; one that ends of it, as Debian's does, would leave Wardround behind with the port
 * and the data folder. Where something else started this process its parent may go as it likes, and on Windows, which keeps
 * the parent's number, nothing is noticed.
 * @param environment npm says in it what it runs: `npm_command`, `npm_lifecycle_event`
 * @returns ends the watch
 */
export function whenNpmIsGone(environment: NodeJS.ProcessEnv, callback: () => void): () => void {
  const { npm_command: command, npm_lifecycle_event: script } = environment;
  if (command !== 'exec' && script !== 'start') return () => undefined;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    callback();
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
