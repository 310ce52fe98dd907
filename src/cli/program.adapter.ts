// Long because all commands with their options are here, in the order in which the help shows them.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Work } from './command.js';
import { errorText, UsageError } from './errors-text.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { terminalReader } from './format.js';
import { Interruption } from './interruption.adapter.js';
import { connected, copyHere, startHere, type GlobalOptions, type How, type Streams } from './invocation.adapter.js';
import { ownTimeZone } from '../shared/own-time-zone.adapter.js';
import { packageRoot } from '../shared/package.adapter.js';
import { withLocalTimes } from '../shared/snapshot-times.js';

// What a command needs is loaded when it runs: `wardround --help`, and commands that only ask the running process, load
// neither NestJS nor TypeORM.

/**
 * Does what the arguments say.
 * @param args without Node and the script
 * @returns the exit code
 */
export async function runProgram(args: readonly string[], streams: Streams = process): Promise<ExitCode> {
  const outcome: { code: ExitCode } = { code: exitCodes.good };
  const program = makeProgram(streams, (code) => (outcome.code = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.good : exitCodes.wrongUsage;
    const text = errorText(error, program.opts<GlobalOptions>().verbose === true);
    streams.stderr.write(withLocalTimes(text, terminalReader(ownTimeZone())));
    return error instanceof UsageError ? exitCodes.wrongUsage : exitCodes.failed;
  }
}

function makeProgram(streams: Streams, done: (code: ExitCode) => void): Command {
  const program = new Command('wardround')
    .description('Backs up and monitors servers, and notifies the right people.')
    .addOption(new Option('--config <file>', 'the configuration').env('WARDROUND_CONFIG').default('wardround.yaml'))
    .addOption(new Option('--data <folder>', 'databases and default backups').env('WARDROUND_DATA').default('data'))
    .addOption(
      new Option('--port <number>', 'port of the board, on 127.0.0.1')
        .env('WARDROUND_PORT')
        .default(8321)
        .argParser(portIn),
    )
    .addOption(new Option('--host <address>').env('WARDROUND_HOST').argParser(loopbackIn).hideHelp())
    .option('--json', 'print JSON: one document, or one line per event')
    .option('--no-color', 'print without colours (or set NO_COLOR=1)')
    .option('--verbose', 'print the stack trace of an error')
    .version(versionOf(), '--version', 'print the version')
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: programOptions })
    .showHelpAfterError('Run `wardround --help` or `wardround help <command>` for usage.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    })
    .addHelpText('after', generalHelp);
  addCommands(program, streams, done);
  return program;
}

/** Of a command below another, such as `log copy`, the other's own options are none of its. */
function programOptions(command: Command): Option[] {
  if (!command.parent) return [];
  let program = command.parent;
  while (program.parent) program = program.parent;
  return program.options.filter(({ hidden }) => !hidden);
}

const generalHelp = `
Commands speak with the Wardround that runs on the data folder. Where none runs, they
do their work alone, except that nothing happens by the clock.

Exit codes: 0 good, 1 failed or not well, 2 wrong usage, 130 interrupted by Ctrl-C.

Examples:
  wardround start                        run, with the board at http://127.0.0.1:8321
  wardround status                       how everything is
  wardround backup run wardround         back up now
  wardround backups                      which backups there are
  wardround restore wardround --to /srv/restored
  wardround apply --dry-run              what a changed wardround.yaml would change`;

function addCommands(program: Command, streams: Streams, done: (code: ExitCode) => void): void {
  const withClient: WithClient = async (command, how = {}) =>
    done(await connected(program.opts<GlobalOptions>(), streams, command, how));

  program
    .command('start')
    .description('Run Wardround: the board, the timetable, backups, check-ups and messages')
    .addHelpText(
      'after',
      '\nIt runs until Ctrl-C or SIGTERM and then shuts down cleanly; a second Ctrl-C stops it immediately.',
    )
    .action(async () => done(await startHere(program.opts<GlobalOptions>(), streams)));
  addStatus(program, withClient);
  addBackup(program, withClient);
  addClock(program, withClient);
  addCheckup(program, withClient);
  addLogCopy(addLog(program, withClient), program, streams, done);
  addApply(program, withClient);
  addRestore(program, withClient);
  addViews(program, withClient);
  addParked(program, withClient);
  addSchema(program, streams);
}

/** Of commands that print what they find, and do nothing else. */
const printing = { onlyLooks: true, onlyAnswers: true } as const;

type WithClient = (command: (work: Work) => Promise<ExitCode>, how?: How) => Promise<void>;

function addStatus(program: Command, withClient: WithClient): void {
  program
    .command('status')
    .description('Show servers, check-ups, backup jobs and open alarms')
    .option('--exit-code', 'exit with 1 unless all is well, for monitoring scripts')
    .action(({ exitCode = false }: { exitCode?: boolean }) =>
      withClient(async (work) => (await import('./commands/status.js')).status(work, { exitCode }), printing),
    );
}

function addClock(program: Command, withClient: WithClient): void {
  program
    .command('clock')
    .description('Confirm the date and time of the computer after its clock jumped')
    .command('confirm')
    .description('Confirm that the clock is correct, so that old backups are removed on schedule again')
    .option('--note <text>', 'reason, recorded in the event log')
    .addHelpText(
      'after',
      '\nCheck the date and time of the computer first. If they are wrong, backups look older than they are.',
    )
    .action((options: { note?: string }) =>
      withClient(async (work) => (await import('./commands/clock-confirm.js')).clockConfirm(work, options)),
    );
}

function addBackup(program: Command, withClient: WithClient): void {
  const backup = program.command('backup').description('Run backup jobs, and accept suspicious runs');
  backup
    .command('run')
    .description('Run a backup job now, and wait until it is done and verified')
    .argument('<job>', 'name of the job, `<server>/<job>` or `<site>/<server>/<job>`; `wardround status` shows them')
    .option(
      '--new-place <destination...>',
      'destinations whose drive or share was replaced; use the new one from now on',
    )
    .addHelpText(
      'after',
      '\nExits with 0 only if every copy was made and verified and the backup is not suspicious.\n' +
        'Ctrl-C stops following; a backup in the running Wardround continues.',
    )
    .action((job: string, options: { newPlace?: string[] }) =>
      withClient(async (work) => (await import('./commands/backup-run.js')).backupRun(work, job, options), {
        interruption: Interruption.watching(),
        applyConfiguration: true,
      }),
    );
  backup
    .command('accept')
    .description('Accept the suspicious last run of a job as correct')
    .argument('<job>', 'name of the job, as for `run`; `wardround status` shows which are suspicious')
    .option('--note <text>', 'reason, recorded with the run')
    .addHelpText(
      'after',
      '\nA backup is suspicious when its sources contain much less than before, or are on another file system.\n' +
        'No older backup is removed until it is accepted or a later backup is good again.',
    )
    .action((job: string, options: { note?: string }) =>
      withClient(async (work) => (await import('./commands/backup-accept.js')).backupAccept(work, job, options)),
    );
  program
    .command('backups')
    .description('List snapshots, newest first')
    .option('--job <job>', 'only of this job: <job>, <server>/<job> or <site>/<server>/<job>')
    .action((options: { job?: string }) =>
      withClient(async (work) => (await import('./commands/backups.js')).backups(work, options), printing),
    );
}

function addCheckup(program: Command, withClient: WithClient): void {
  program
    .command('checkup')
    .description('Run check-ups')
    .command('run')
    .description('Run a check-up now; exits with 0 only if its status is ok')
    .argument('<name>', 'its name, or <server>/<name> or <site>/<server>/<name> where several servers have it')
    .action((name: string) =>
      withClient(async (work) => (await import('./commands/checkup-run.js')).checkupRun(work, name), {
        applyConfiguration: true,
      }),
    );
}

function addApply(program: Command, withClient: WithClient): void {
  program
    .command('apply')
    .description('Apply the configuration file')
    .option('--dry-run', 'only show what would change')
    .option('--take-over', 'also manage what other files manage, as far as this file states it')
    .addHelpText('after', '\nA file with mistakes changes nothing: all problems are printed with their lines.')
    .action(({ dryRun = false, takeOver = false }: { dryRun?: boolean; takeOver?: boolean }) =>
      withClient(async (work) =>
        (await import('./commands/apply.js')).apply(work, {
          dryRun,
          takeOver,
          configFile: namedConfiguration(program),
        }),
      ),
    );
}

/** The configuration that the caller named; undefined where none is, and the default is meant. */
function namedConfiguration(program: Command): string | undefined {
  const isNamed = program.getOptionValueSource('config') !== 'default';
  return isNamed ? resolve(program.opts<GlobalOptions>().config) : undefined;
}

function addViews(program: Command, withClient: WithClient): void {
  program
    .command('views')
    .description('Manage the tables that are built from the event log')
    .command('rebuild')
    .description('Rebuild one view, or all views, from the event log; sends no messages')
    .argument('[name]', 'name of the view; default: all')
    .action((name: string | undefined) =>
      withClient(async (work) => (await import('./commands/views-rebuild.js')).viewsRebuild(work, name), {
        onlyLooks: true,
      }),
    );
}

function addParked(program: Command, withClient: WithClient): void {
  const parked = program
    .command('parked')
    .description('Manage events that failed in views, rules or notifications, and those queued behind them')
    .addHelpText(
      'after',
      '\nAn event that fails repeatedly is parked with the later events of its server; other servers are not affected.\n' +
        'Fix the cause, then retry it. Discarding an event cannot be undone.',
    );
  const using = () => import('./commands/parked.js');
  parked
    .command('list')
    .description('List parked events and the reasons')
    .addOption(subscriptionOption('only this one'))
    .action((options: { subscription?: string }) =>
      withClient(async (work) => (await using()).parkedList(work, options), printing),
    );
  parked
    .command('show')
    .description('Show a parked event and the reason')
    .argument('<id>', 'ID from `wardround parked list`')
    .action((id: string) => withClient(async (work) => (await using()).parkedShow(work, id), printing));
  parked
    .command('retry')
    .description('Retry an event and those queued behind it')
    .argument('[id]', 'ID from `wardround parked list`')
    .option('--all', 'all parked events')
    .addOption(subscriptionOption('all parked events of this subscription'))
    .action(async (id: string | undefined, { all = false, subscription }: { all?: boolean; subscription?: string }) => {
      if ([id !== undefined, subscription !== undefined, all].filter(Boolean).length !== 1) {
        throw new UsageError('specify what to retry: one <id>, --subscription <name>, or --all');
      }
      const which = { ...(id === undefined ? {} : { id }), ...(subscription === undefined ? {} : { subscription }) };
      await withClient(async (work) => (await using()).parkedRetry(work, which), { onlyLooks: true });
    });
  parked
    .command('discard')
    .description('Discard a failed event permanently and retry those queued behind it')
    .argument('<id>', 'ID from `wardround parked list`')
    .requiredOption('--reason <text>', 'reason, recorded in the event log')
    .action((id: string, { reason }: { reason: string }) =>
      withClient(async (work) => (await using()).parkedDiscard(work, id, reason), { onlyLooks: true }),
    );
}

function subscriptionOption(description: string): Option {
  return new Option('--subscription <name>', description).choices(['views', 'rules', 'notifications']);
}

function addSchema(program: Command, streams: Streams): void {
  program
    .command('schema')
    .description('Print the JSON Schema of wardround.yaml, for editors')
    .action(async () => {
      const { configurationJsonSchema } = await import('../configuration/configuration-file.js');
      streams.stdout.write(`${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);
    });
}

function addLog(program: Command, withClient: WithClient): Command {
  return program
    .command('log')
    .description('Print events, oldest first')
    .option('-f, --follow', 'keep printing new events until Ctrl-C')
    .option('--since <when>', 'start: 90m, 12h, 2d, or a time such as 2026-11-22T02:00:00Z', '1h')
    .option('--type <type>', 'only events of this type, such as backup.completed')
    .addHelpText(
      'after',
      '\nWith --json each line is a CloudEvents 1.0 event.\n\nExamples:\n  wardround log --follow\n  wardround log --since 7d --type backup.completed',
    )
    .action(async ({ follow = false, since, ...options }: { follow?: boolean; since: string; type?: string }) => {
      const { sinceMoment } = await import('./since.js');
      const from = sinceMoment(since, Date.now());
      await withClient(
        async (work) => (await import('./commands/log.js')).log(work, { ...options, follow, since: from }),
        { interruption: Interruption.ends(), ...printing },
      );
    });
}

function addLogCopy(log: Command, program: Command, streams: Streams, done: (code: ExitCode) => void): void {
  log
    .command('copy')
    .description('Copy the whole event log to another engine: from a SQLite file to Kafka, or back')
    .requiredOption('--from <log>', 'sqlite:<path of events.db>, kafka (as configured), or another configuration')
    .requiredOption('--to <log>', 'in the same format; created if it does not exist')
    .option('--dry-run', 'only print how many events there are to copy')
    .addHelpText(
      'after',
      '\nStop Wardround first, and start it with the other engine afterwards. Run the command again\n' +
        'to resume an interrupted copy. At the end both logs are compared.\n\n' +
        'Examples:\n  wardround log copy --from sqlite:data/events.db --to kafka --config hub.yaml\n' +
        '  wardround log copy --from hub.yaml --to sqlite:data/events.db',
    )
    .action(async (places: { from: string; to: string; dryRun?: boolean }) =>
      done(await copyHere(program.opts<GlobalOptions>(), places, streams)),
    );
}

function addRestore(program: Command, withClient: WithClient): void {
  program
    .command('restore')
    .description('Restore a snapshot into an empty folder and verify every file')
    .argument('<job>', 'name of the job, `<server>/<job>` or `<site>/<server>/<job>`')
    .requiredOption('--to <folder>', 'an empty or new folder')
    .option('--snapshot <name>', 'name from `wardround backups`; default: the newest')
    .option('--from <destination>', 'destination to restore from; default: the nearest one that has it')
    .addHelpText(
      'after',
      '\nExisting files are never overwritten: move the restored files to their place yourself.\n\nExample:\n  wardround restore records --to /srv/restored --snapshot 2026-11-22T02-00-00Z --from second',
    )
    .action((job: string, { to, ...options }: { to: string; snapshot?: string; from?: string }) =>
      withClient(
        async (work) => {
          const { restore } = await import('./commands/restore.js');
          return restore(work, job, { ...options, to: resolve(to) });
        },
        { applyConfiguration: true },
      ),
    );
}

function versionOf(): string {
  const read: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  return String(Reflect.get(Object(read), 'version'));
}

function portIn(text: string): number {
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535; 0 picks a free port.');
}

/** There is no choice yet; anyone who looks for one is told why. */
function loopbackIn(text: string): string {
  if (['127.0.0.1', 'localhost'].includes(text)) return text;
  throw new InvalidArgumentError(
    'Wardround listens on 127.0.0.1 only: there is no access from other computers until it has access control.',
  );
}
