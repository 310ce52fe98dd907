// A made-up history of fifty servers, minute by minute: of a million events, four in five are results of check-ups, the
// others are runs of backup jobs with their protocols, alarms, messages and, at its beginning, definitions. The same
// arguments give the same history, ids included.
import { alarmAcknowledged, alarmCleared, alarmRaised } from '../../dist/src/rules/rules.events.js';
import {
  backupCompleted,
  backupCopied,
  backupLogged,
  backupProgressed,
  backupStarted,
  backupVerified,
} from '../../dist/src/backups/backups.events.js';
import { checkupCompleted, checkupDefined } from '../../dist/src/checkups/checkups.events.js';
import { messageDecided, messageDelivered } from '../../dist/src/notifications/notifications.events.js';
import { serverDefined } from '../../dist/src/servers/servers.events.js';
import { decision } from '../../dist/src/event-log/statement.js';

const servers = Array.from({ length: 50 }, (_, index) => `server-${index + 1}`);
const checkups = ['disk-space', 'memory', 'load'];
const beginning = Date.parse('2026-11-01T00:00:00Z');
const minuteMs = 60_000;
const keyOf = (server) => `/sites/main/servers/${server}`;
const iso = (ms) => new Date(ms).toISOString();

let cause = 0;
function stated(definition, about, data, source = about.key) {
  const { key, subject, now } = about;
  return decision(definition, [`bench-${++cause}`], { source, subject: key + subject, partitionkey: key, now, data });
}

/** About `count` events, in batches of a few minutes each. */
export function* clinicHistory(count) {
  yield definitions();
  let made = 0;
  for (let minute = 0; made < count; minute++) {
    const batch = [...minuteOf(minute)];
    made += batch.length;
    yield batch;
  }
}

/** What a configuration file says of the same servers and check-ups, so that applying it changes nothing. */
export function definitionsOfHistory() {
  return {
    site: 'main',
    servers: servers.map((name) => ({ name })),
    checkups: servers.flatMap((server) => checkups.map((plugin) => checkupOn(server, plugin))),
  };
}

function checkupOn(server, plugin) {
  return { name: plugin, server, plugin, every: '1m' };
}

function definitions() {
  return servers.flatMap((server) => {
    const key = keyOf(server);
    const at = { site: 'main', server };
    return [
      stated(serverDefined, { key, subject: '', now: beginning }, { ...at, definition: { name: server } }),
      ...checkups.map((name) => {
        const definition = checkupOn(server, name);
        return stated(
          checkupDefined,
          { key, subject: `/checkups/${name}`, now: beginning },
          { ...at, checkup: name, definition },
        );
      }),
    ];
  });
}

function* minuteOf(minute) {
  const now = beginning + minute * minuteMs;
  for (const [index, server] of servers.entries()) {
    for (const checkup of checkups) yield result(server, checkup, minute + index, now + index * 100);
  }
  yield* run(servers[(minute * 7) % servers.length], now + 10_000);
  if (minute % 2 === 1) yield* run(servers[(minute * 11) % servers.length], now + 20_000);
  yield* alarm(servers[(minute * 13) % servers.length], now + 30_000);
}

function result(server, checkup, turn, now) {
  const used = 40 + (turn % 50);
  const status = used > 88 ? 'warning' : 'ok';
  return stated(
    checkupCompleted,
    { key: keyOf(server), subject: `/checkups/${checkup}`, now },
    {
      ...{ site: 'main', server, checkup, plugin: checkup, status },
      ...{ summary: `/ has ${100 - used} % free (${(100 - used) * 5} of 500 GB)`, details: '' },
      metrics: [
        { name: 'free_percent', value: 100 - used, unit: '%', warn: '15:', critical: '5:', min: 0, max: 100 },
        { name: 'free_bytes', value: (100 - used) * 5_000_000_000 + turn, unit: 'B' },
      ],
      ...{ durationMs: 12 + (turn % 9), trigger: 'timetable' },
    },
  );
}

function* run(server, now) {
  const key = keyOf(server);
  const runId = `run-${server}-${now}`;
  const about = (after) => ({ key, subject: `/backups/records/runs/${runId}`, now: now + after });
  const ofRun = { site: 'main', server, job: 'records', runId };
  const counts = { files: 20_000, bytes: 2_000_000_000 };
  const snapshot = iso(now).slice(0, 19).replaceAll(':', '-') + 'Z';
  const destinations = ['local-copy', 'second'];
  const state = (definition, after, data) => stated(definition, about(after), { ...ofRun, ...data });
  yield state(backupStarted, 0, {
    trigger: 'timetable',
    plannedFor: iso(now),
    computer: server,
    user: 'ward',
    destinations,
  });
  let line = 0;
  for (let part = 0; part < 6; part++) {
    const time = iso(now + part * 300);
    const lines = Array.from({ length: 5 }, () => ({
      ...{
        number: ++line,
        time,
        level: 'info',
        step: `copy ${destinations[part < 3 ? 0 : 1]}`,
        computer: server,
        user: 'ward',
      },
      ...{
        place: `/srv/records/patient-${line}`,
        outcome: 'done',
        text: `patient-${line}: 412 files, 61234567 bytes copied`,
      },
    }));
    yield state(backupLogged, part * 300, { lines });
    yield state(backupProgressed, part * 300 + 1, {
      ...{ percent: part * 16, step: `copy ${destinations[part < 3 ? 0 : 1]}` },
      ...{ files: part * 3000, bytes: part * 300_000_000, totalFiles: counts.files, totalBytes: counts.bytes },
    });
  }
  const copies = [];
  for (const destination of destinations) {
    const place = `/backup/${destination}/records/${snapshot}`;
    copies.push({ destination, outcome: 'succeeded', place, error: null });
    yield state(backupCopied, 2000, { destination, snapshot, place, ...counts, linkedFiles: 19_000, durationMs: 900 });
    yield state(backupVerified, 2400, {
      destination,
      snapshot,
      place,
      ...counts,
      manifestSha256: 'a'.repeat(64),
      durationMs: 700,
    });
  }
  const end = { outcome: 'succeeded', error: null, copies, ...counts, startedAt: iso(now), durationMs: 2500 };
  Object.assign(end, { suspicions: [], sources: [], warnings: 0 });
  yield state(backupCompleted, 2500, end);
  for (const channel of ['inbox', 'email']) yield* message(key, ofRun, channel, now + 2600);
}

function* message(key, ofRun, channel, now) {
  const messageId = `${ofRun.runId}-${channel}`;
  const about = { key, subject: `/messages/${messageId}`, now };
  const { site, server, job, runId } = ofRun;
  const source = '/wardround/notifications';
  const to = channel === 'email' ? ['it@clinic.example'] : [];
  const told = {
    messageId,
    group: 'it',
    channel,
    to,
    locale: 'en',
    template: 'backup-succeeded',
    reason: 'always-with-log',
  };
  const things = [{ kind: 'run', ref: { site, server, job, runId } }];
  yield stated(messageDecided, about, { ...told, about: things, inPlaceOf: null, period: null }, source);
  const text = `The backup records of ${server} succeeded.\n`.repeat(30);
  const sent = {
    messageId,
    channel,
    attempt: 1,
    receipt: '250 2.0.0 queued',
    subject: `Backup of ${server} succeeded`,
    text,
  };
  yield stated(messageDelivered, about, sent, source);
}

function* alarm(server, now) {
  const key = keyOf(server);
  const alarmId = `alarm-${server}-${now}`;
  const about = (after) => ({ key, subject: `/alarms/${alarmId}`, now: now + after });
  const subject = { kind: 'checkup', name: 'disk-space' };
  const of = { alarmId, rule: 'disk-filling-up', site: 'main', server, subject };
  const why = {
    because: 'condition-held',
    summary: 'disk-space: free_percent is 11 %, below 15 %',
    since: iso(now),
    evidence: [],
  };
  const source = '/wardround/rules';
  yield stated(
    alarmRaised,
    about(0),
    { ...of, severity: 'warning', title: 'The disk is filling up', advice: 'Make room.', ...why },
    source,
  );
  yield stated(alarmAcknowledged, about(1000), { ...of, note: 'seen' }, key);
  yield stated(alarmCleared, about(2000), { ...of, because: 'condition-ended' }, source);
}
