// What a CPU profile says, in a few lines: where an event's time goes, and the functions with most of it.
import { readFile } from 'node:fs/promises';

/**
 * The stages of an event's way. A sample belongs to the innermost of its frames that one of these names; what Node and
 * JavaScript do for it, such as JSON and buffers, counts with it.
 */
const stages = [
  [
    'append: checks of events (Zod)',
    /event-log\/(?:[a-z]+\/)?(checked-events\.js (?!asRecordedAt)|event-types\.js faultsOf)/,
  ],
  ['append: JSON of records', /event-log\/(?:[a-z]+\/)?kafka-record\.js.*toKafkaRecord/],
  ['append: queues', /event-log\/(?:[a-z]+\/)?kafka-(appender|partition-queue|batches|producer|partition)\b/],
  [
    'append: kafkajs produces',
    /kafkajs\/src\/(producer|protocol\/(requests\/produce|encoder|recordBatch\/(crc|record\/v0\/index)))/,
  ],
  ['kafkajs consumes', /kafkajs\/src\/(consumer|protocol\/(requests\/fetch|decoder|recordBatch|message))/],
  ['kafkajs, else', /kafkajs\//],
  ['intake: unpacks records', /event-log\/(?:[a-z]+\/)?(kafka-record|intake-rules)\.js|unpack/],
  ['intake: remembers the newest', /event-log\/(?:[a-z]+\/)?recent-events|remember/],
  ['archive', /event-log\/(?:[a-z]+\/)?postgres-/],
  ['append: else', /event-log\/(?:[a-z]+\/)?kafka-log\./],
  ['subscription loops', /event-log\/(?:[a-z]+\/)?(subscription-loop|loop-|kafka-subscription)/],
  ['log, else', /event-log\/(?!checked-events\.js asRecordedAt)/],
  ['rules', /dist\/src\/rules\//],
  ['notifications', /dist\/src\/notifications\//],
  ['views: outbox', /folding\/outbox/],
  ['views: deciders and their states', /folding\/decider/],
  ['views: folds and the store', /dist\/src\/(?:folding|store|definitions|[a-z]+\/views)\//],
  ['TypeORM', /typeorm\//],
  ['pg', /\/pg(-[a-z]+)?\//],
  ['the bench itself', /\/bench\//],
];

/**
 * @param events how many the profiled pass handled
 * @param processorSeconds of the process meanwhile: on a busy machine a profile also counts while others have the processor
 * @returns lines of text
 */
export async function summary(file, events, processorSeconds, top = 25) {
  const samples = samplesOf(JSON.parse(await readFile(file, 'utf8'))).filter(({ frames }) => isWork(frames[0]));
  const sampled = samples.reduce((sum, { time }) => sum + time, 0);
  const byStage = new Map();
  const byFunction = new Map();
  for (const { frames, time } of samples) {
    add(byStage, stageOf(frames), time / sampled);
    add(byFunction, nameOf(frames), time / sampled);
  }
  const line = ([what, share]) =>
    `${(share * 100).toFixed(1).padStart(6)} % ${((share * processorSeconds * 1e6) / events).toFixed(1).padStart(7)} µs  ${what}`;
  const most = (map, count) => [...map].sort((a, b) => b[1] - a[1]).slice(0, count);
  const each = `processor time of an event: ${((processorSeconds * 1e6) / events).toFixed(0)} µs`;
  return [each, 'by stage', ...most(byStage, 25).map(line), 'by function itself', ...most(byFunction, top).map(line)];
}

/** @returns per place in the program how long it was there, with the frames of its stack, innermost first */
function samplesOf({ nodes, samples, timeDeltas }) {
  const times = new Map();
  samples.forEach((id, at) => add(times, id, timeDeltas[at]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  return [...times].map(([leaf, time]) => {
    const frames = [];
    for (let id = leaf; id !== undefined; id = parents.get(id)) frames.push(byId.get(id));
    return { frames, time };
  });
}

/** The inspector's own work shows in its profiles as well. */
function isWork({ functionName, url }) {
  return functionName !== '(idle)' && !(functionName === 'dispatch' && url === '');
}

function stageOf(frames) {
  if (frames[0].functionName === '(garbage collector)') return 'garbage collection';
  for (const { url, functionName } of frames) {
    const stage = stages.find(([, pattern]) => pattern.test(`${url} ${functionName}`));
    if (stage) return stage[0];
  }
  return 'Node and JavaScript, for nobody in particular';
}

/** What is built in is named with whom it works for. */
function nameOf(frames) {
  const [first] = frames;
  const owner = frames.find(({ url }) => url.startsWith('file:'));
  if (!owner || owner === first) return placeOf(first);
  return `${first.functionName || '(anonymous)'} in ${placeOf(owner)}`;
}

function placeOf({ functionName, url, lineNumber }) {
  const place = url.replace(/^.*\/(node_modules|dist)\//, '');
  return `${functionName || '(anonymous)'}${place ? ` ${place}:${lineNumber + 1}` : ''}`;
}

function add(map, key, amount) {
  map.set(key, (map.get(key) ?? 0) + amount);
}
