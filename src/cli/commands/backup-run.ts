import { runWithProtocolSchema, startedRunSchema, type ProtocolLine, type RunWithProtocol } from '../answers.js';
import type { Work } from '../command.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { RefusedRequest } from '../errors-text.js';
import { plain, secondText } from '../format.js';
import { progressBar, rateOf, withMeasured, type Measured } from '../progress-bar.js';
import { outcomeLines, protocolText } from '../run-text.js';
import { jsonDocument, lines } from '../terminal.js';

const lookEveryMs = 250;
const clearLine = '\r\u001b[2K';

/**
 * `wardround backup run <job>`, or `<server>/<job>`, or `<site>/<server>/<job>`: starts a job, shows how far it comes, and waits for its end. Where a run of the job is in
 * hand already, such as the first one of a job that was just applied, it follows that run to its end.
 */
export async function backupRun(
  work: Work,
  job: string,
  { newPlace }: { readonly newPlace?: readonly string[] } = {},
): Promise<ExitCode> {
  const { client, terminal } = work;
  const { runId, wasInHand } = await startOrJoin(work, job, newPlace);
  const display = work.json ? quiet : terminal.isScreen ? new Bar(work) : new PlainLines(work);
  const protocol: ProtocolLine[] = [];
  let isFirstLook = true;
  for (;;) {
    const run = await client.get(`runs/${encodeURIComponent(runId)}`, runWithProtocolSchema, {
      afterLine: protocol.at(-1)?.number ?? 0,
    });
    if (isFirstLook && wasInHand) tellOfRun(work, job, run);
    isFirstLook = false;
    protocol.push(...run.protocol.lines);
    display.show(run);
    if (run.outcome !== 'running' && !run.protocol.more) return ended(work, job, run, protocol);
    if (work.interrupted.aborted) return stoppedWatching(work, runId);
    if (!run.protocol.more) await work.pause(lookEveryMs);
  }
}

/** @throws RefusedRequest */
async function startOrJoin(
  { client }: Work,
  job: string,
  newPlaces: readonly string[] | undefined,
): Promise<{ readonly runId: string; readonly wasInHand: boolean }> {
  try {
    const started = await client.post(`jobs/${encodeURIComponent(job)}/runs`, { newPlaces }, startedRunSchema);
    return { runId: started.runId, wasInHand: false };
  } catch (error) {
    if (!(error instanceof RefusedRequest) || error.runId === undefined) throw error;
    // The run in progress was started without this word, and may fail for want of it.
    if (newPlaces === undefined) return { runId: error.runId, wasInHand: true };
    throw new RefusedRequest(
      error.code,
      `${error.message}\n  That run was started without --new-place: start the backup again with it afterwards`,
    );
  }
}

function tellOfRun({ terminal, timeZone }: Work, job: string, { runId, startedAt }: RunWithProtocol): void {
  const since = secondText(startedAt, timeZone);
  terminal.error(
    `The backup ${plain(job)} is already running, since ${since} (run ${runId}). Following that run; it may not include changes made since then.\n`,
  );
}

/** @param job as the caller has called it */
function ended(
  { terminal, json, timeZone }: Work,
  job: string,
  run: RunWithProtocol,
  protocol: readonly ProtocolLine[],
): ExitCode {
  if (json) terminal.out(jsonDocument({ ...run, protocol: { ...run.protocol, lines: protocol } }));
  else
    terminal.out(
      `${terminal.isScreen ? clearLine : ''}${lines(outcomeLines({ ...run, job }, terminal.paint, timeZone))}`,
    );
  if (run.outcome === 'succeeded') return exitCodes.good;
  if (run.outcome === 'suspicious') {
    const why = run.suspicions.map(({ text }) => `  ${plain(text)}\n`).join('');
    terminal.error(
      `wardround: the backup ${job} is suspicious: all copies are verified, but data may be missing\n${why}  No older backup is removed. If this is right, say so with \`wardround backup accept ${job}\`; if not, restore what is missing and start it again\n`,
    );
    return exitCodes.failed;
  }
  const text = plain(run.error?.text ?? 'reason unknown');
  terminal.error(
    `wardround: the backup ${job} failed: ${text}\n  Fix the cause, then run it again with \`wardround backup run ${job}\`\n`,
  );
  return exitCodes.failed;
}

function stoppedWatching({ client: { transport }, terminal, json }: Work, runId: string): ExitCode {
  const lead = terminal.isScreen && !json ? clearLine : '';
  const where = transport.url === null ? '' : ` See its progress with \`wardround status\` or at ${transport.url}.`;
  terminal.error(`${lead}No longer following. The backup continues in the running Wardround (run ${runId}).${where}\n`);
  return exitCodes.interrupted;
}

interface Display {
  show(run: RunWithProtocol): void;
}

const quiet: Display = { show: () => undefined };

/** Each line of the protocol once, for files and pipes. */
class PlainLines implements Display {
  constructor(private readonly work: Work) {}

  show({ protocol }: RunWithProtocol): void {
    const { terminal, timeZone } = this.work;
    terminal.out(lines(protocol.lines.map((line) => protocolText(line, timeZone, terminal.paint))));
  }
}

/** A bar that is drawn again, and above it the lines that someone should see. */
class Bar implements Display {
  private measured: readonly Measured[] = [];

  constructor(private readonly work: Work) {}

  show(run: RunWithProtocol): void {
    const { terminal, timeZone } = this.work;
    const { percent, step, files, bytes } = run;
    this.measured = withMeasured(this.measured, { step, bytes, at: this.work.now() });
    const notable = run.protocol.lines.filter(({ level }) => level !== 'info');
    const above = lines(notable.map((line) => protocolText(line, timeZone, terminal.paint)));
    const bytesPerSecond = rateOf(this.measured);
    const bar =
      run.outcome === 'running' ? progressBar({ percent, step, files, bytes, bytesPerSecond }, terminal.columns) : '';
    terminal.out(`${clearLine}${above}${bar}`);
  }
}
