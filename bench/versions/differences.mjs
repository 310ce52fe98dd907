// In what two answers, or two pages, differ.

/** What shows the moment of the question, and not what is known: it is omitted from the comparison. */
const momentary = [
  /\b\d+(\.\d+)? ?(s|min|h|ms|seconds?|minutes?|hours?)\b( ago)?/g,
  /\bjust now\b|\bless than a minute( ago)?\b/g,
];

/** What differs on purpose since then: where, by which sign, and why. */
const named = [
  {
    where: /^\/api\/v1\/system body (pid|startedAt|uptimeSeconds|consumers \d+ rate)$/,
    why: 'it is another process',
  },
  {
    where: /^\/system$/,
    lines: /^(\S+ process \d+|\d\d:\d\d|[\d.]+\/s|–|Identity of the log|\S+ epoch \d+)$/,
    why: 'it is another process; a log has an identity',
  },
  {
    where: /^\/snapshots$/,
    lines: /^\d\d:\d\d( \d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)?$/,
    why: 'the name of a snapshot is shown beside its local time',
  },
  {
    where:
      /^\/api\/v1\/events\?limit=500 body items \d+ (dataschema|data about \d+ (site|server|rule|alarmId|job|runId))$/,
    why: 'events are answered in their newest versions: what a message is about is { kind, ref }',
  },
];

/** @returns where they differ, what each says, and why if that is on purpose */
export function differences(address, before, now) {
  const found = Array.isArray(before) ? ofPages(address, before, now) : ofValues(address, before, now);
  return found.map((difference) => ({ ...difference, why: reasonOf(difference) }));
}

function reasonOf({ where, lines = [] }) {
  const change = named.find((one) => one.where.test(where) && lines.every((line) => one.lines?.test(line)));
  return change?.why ?? null;
}

function ofPages(address, before, now) {
  const [was, is] = [before, now].map((lines) => lines.map(withoutMoment));
  const gone = without(was, is);
  const added = without(is, was);
  if (gone.length === 0 && added.length === 0) return [];
  return [{ where: address, before: JSON.stringify(gone), now: JSON.stringify(added), lines: [...gone, ...added] }];
}

/** As lists, of which each line counts as often as it is there. */
function without(lines, others) {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function withoutMoment(line) {
  return momentary.reduce((text, pattern) => text.replaceAll(pattern, '…'), line);
}

/** What is new beside what was there is no difference: the API grows. */
function ofValues(where, before, now) {
  if (Object.is(before, now)) return [];
  const areLists = Array.isArray(before) && Array.isArray(now);
  if (areLists && before.length !== now.length) {
    return [{ where: `${where} (length)`, before: before.length, now: now.length }];
  }
  if (isObject(before) && isObject(now)) {
    return Object.entries(before).flatMap(([key, value]) => ofValues(`${where} ${key}`, value, now[key]));
  }
  return [{ where, before: JSON.stringify(before), now: JSON.stringify(now) }];
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}
