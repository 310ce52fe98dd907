import { alarmSchema, checkupSchema, configurationSchema, jobSchema, serverSchema, systemSchema } from '../answers.js';
import type { Work } from '../command.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { allIsWell, statusReport, type Findings } from '../status-report.js';
import { jsonDocument, lines } from '../terminal.js';

/** `wardround status`: the state of all servers. */
export async function status(work: Work, options: { readonly exitCode: boolean }): Promise<ExitCode> {
  const { client, terminal, timeZone } = work;
  const findings: Findings = {
    servers: await client.all('servers', serverSchema),
    checkups: await client.all('checkups', checkupSchema),
    jobs: await client.all('jobs', jobSchema),
    alarms: await client.all('alarms', alarmSchema, { open: true }),
    problems: (await client.get('configuration', configurationSchema)).problems,
    system: await client.get('system', systemSchema),
  };
  const well = allIsWell(findings);
  if (work.json) terminal.out(jsonDocument({ well, running: client.transport.kind === 'process', ...findings }));
  else
    terminal.out(
      lines([...runningLines(work), ...statusReport(findings, { now: work.now(), timeZone, paint: terminal.paint })]),
    );
  return options.exitCode && !well ? exitCodes.failed : exitCodes.good;
}

function runningLines({ client: { transport }, terminal: { paint } }: Work): readonly string[] {
  if (transport.kind === 'process') return [paint('dim', `Wardround is running; its board is at ${transport.url}`), ''];
  return [paint('yellow', '! Wardround is not running, so nothing is monitored. Start it with `wardround start`.'), ''];
}
