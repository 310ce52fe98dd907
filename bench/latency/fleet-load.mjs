// A thousand servers under a thousand rules, and what they state: results of check-ups, and now and then lines of a protocol.
import { randomUUID } from 'node:crypto';
import { decision } from '../../dist/src/event-log/statement.js';
import { ruleDefined } from '../../dist/src/rules/rules.events.js';
import { decisionId } from '../../dist/src/shared/ids.js';
import { definitionsKey, serverKey } from '../../dist/src/shared/names.js';

const site = 'main';
const checkups = Array.from({ length: 20 }, (_, index) => `checkup-${index}`);
const metrics = ['used', 'waiting'];
/** Each check-up's metric has so many rules, at rising limits: 20 x 2 x 20 = 800 of them. */
const limitsPerMetric = 20;
/** On the lines of every job's protocol. */
const lineRules = 150;
/** On backups that do not come; nothing here defines these jobs, as it is for most rules on most servers. */
const absenceRules = 50;

/** @returns the events that define a thousand rules */
export function ruleDefinitions(now) {
  const conditions = checkups.flatMap((checkup) =>
    metrics.flatMap((metric) =>
      Array.from({ length: limitsPerMetric }, (_, step) => [
        ruleName(checkup, metric, step),
        { checkup, metric, above: limitOf(step) },
      ]),
    ),
  );
  for (let index = 0; index < lineRules; index++) {
    conditions.push([`line-${index}`, { protocolLine: `error ${index}: (disk|tape) .* (full|broken)` }]);
  }
  for (let index = 0; index < absenceRules; index++) {
    conditions.push([`absence-${index}`, { noSuccessOf: `job-${index}`, within: '26h' }]);
  }
  return conditions.map(([name, when]) =>
    decision(ruleDefined, [name], {
      ...{ source: '/wardround/configuration', subject: `/rules/${name}`, partitionkey: definitionsKey, now },
      data: {
        rule: name,
        definition: { name, title: `What ${name} says`, severity: 'warning', advice: 'Look at it', when },
      },
    }),
  );
}

const ruleName = (checkup, metric, step) => `${checkup}-${metric}-${step}`;
const limitOf = (step) => 50 + step;

/**
 * What happens, event after event. One in fifty results is above one more limit than the server's last one, and the
 * next result of the same check-up is below again: that raises an alarm and clears it.
 */
export class FleetLoad {
  turn = 0;
  /** By check-up of a server: the alarm that it has, oldest first. */
  raised = new Map();

  /** @param servers how many */
  constructor(servers) {
    this.servers = Array.from({ length: servers }, (_, index) => `server-${index}`);
    this.lines = new Array(servers).fill(0);
  }

  /** @returns the next event, and the alarm that it raises or clears, if it does */
  next(now) {
    const turn = this.turn++;
    if (turn % 20 === 19) return { event: this.linesLogged(turn, now), alarm: null };
    if (turn % 50 === 10) return this.raise(turn, now);
    if (turn % 50 === 35 && this.raised.size > 100) return this.clear(now);
    const { server, checkup } = this.at(turn);
    // What has an alarm stays as it is, so that an alarm ends when we say so.
    const high = this.raised.has(`${server} ${checkup}`);
    return { event: result(server, checkup, high ? limitOf(0) + 0.5 : 10 + (turn % 40), now), alarm: null };
  }

  at(turn) {
    const number = (turn * 7919) % this.servers.length;
    return { server: this.servers[number], checkup: checkups[(turn * 31 + number) % checkups.length] };
  }

  raise(turn, now) {
    const { server, checkup } = this.at(turn);
    if (this.raised.has(`${server} ${checkup}`)) return this.clear(now);
    const event = result(server, checkup, limitOf(0) + 0.5, now);
    const rule = ruleName(checkup, metrics[0], 0);
    // As `rules` computes it: the id follows from the rule, the server and the cause.
    const alarmId = decisionId('alarm', rule, serverKey(site, server), event.id);
    this.raised.set(`${server} ${checkup}`, { server, checkup, alarmId });
    return { event, alarm: { alarmId, change: 'raised' } };
  }

  clear(now) {
    const [[key, { server, checkup, alarmId }]] = this.raised;
    this.raised.delete(key);
    return { event: result(server, checkup, 20, now), alarm: { alarmId, change: 'cleared' } };
  }

  linesLogged(turn, now) {
    const number = (turn * 7919) % this.servers.length;
    const server = this.servers[number];
    const time = new Date(now).toISOString();
    const first = this.lines[number];
    this.lines[number] = (first + 5) % 1000;
    const lines = Array.from({ length: 5 }, (_, index) => ({
      ...{ number: first + index + 1, time, level: 'info', step: 'local-copy', computer: server, user: 'ward' },
      ...{ place: `/srv/records/${turn}`, outcome: 'done', text: `patient-${turn}: 412 files, 61234567 bytes copied` },
    }));
    const runId = `run-${server}`;
    return event('backup.logged', server, `/backups/records/runs/${runId}`, now, {
      ...{ site, server, job: 'records', runId },
      lines,
    });
  }
}

function result(server, checkup, used, now) {
  return event('checkup.completed', server, `/checkups/${checkup}`, now, {
    ...{ site, server, checkup, plugin: 'disk-space', status: used > 50 ? 'warning' : 'ok' },
    ...{ summary: `${used} % used`, details: '' },
    metrics: [
      { name: 'used', value: used, unit: '%', warn: '50', critical: '90', min: 0, max: 100 },
      { name: 'waiting', value: used / 10, unit: 's' },
    ],
    ...{ durationMs: 12, trigger: 'timetable' },
  });
}

/** Written out, since a schema that fills in defaults would take its time from what is measured; `append` checks it anyway. */
function event(type, server, about, now, data) {
  const key = serverKey(site, server);
  return {
    ...{ specversion: '1.0', id: randomUUID(), source: key, type, subject: key + about },
    ...{ time: new Date(now).toISOString(), datacontenttype: 'application/json' },
    ...{ dataschema: `urn:wardround:event:${type}:v1`, data, partitionkey: key },
  };
}
