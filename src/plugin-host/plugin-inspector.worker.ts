import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { Plugin } from '../../plugins/sdk/plugin.js';
import { failureOf } from './failures.js';
import { enterSurroundings } from './guest-surroundings.adapter.js';
import { inspectorHeapMb, residentMemoryMb } from './limits.js';
import { capabilitiesOf, isPlugin, parameterFaults, problemOf } from './plugin-definition.js';
import { loadPluginModule } from './plugin-module.adapter.js';
import { killTree } from './process-tree.adapter.js';
import { questionSchema, type Answer, type Question } from './protocol.js';

/** The process in which plugins are looked at: it loads them, and says what they are and what is wrong with parameters. */
let last: Promise<void> = Promise.resolve();

enterSurroundings();
process.on('message', (received) => {
  const question = questionSchema.parse(received);
  last = last.then(() => reply(question));
});
// Wardround is gone, or has no more questions.
process.on('disconnect', () => {
  killTree(process.pid);
  process.exit(1);
});
// What a plugin does behind the back once it is loaded concerns its calls, which report it, and not those beside it here.
process.on('uncaughtException', () => undefined);
process.on('unhandledRejection', () => undefined);

new Worker(new URL('./plugin-watchdog.worker.js', import.meta.url), {
  workerData: { parentPid: process.ppid, residentMemoryMb: residentMemoryMb(inspectorHeapMb) },
}).unref();

async function reply(question: Question): Promise<void> {
  const answer = await answerTo(question);
  if (!process.send) throw new Error('this file is started by the plugin host, not manually');
  process.send(answer);
}

async function answerTo(question: Question): Promise<Answer> {
  const { id, folder, file } = question;
  try {
    const exported = await loadPluginModule(file);
    if (!isPlugin(folder, exported)) {
      return { type: 'unusable', id, problem: problemOf(folder, exported) ?? 'it is not a plugin' };
    }
    if (question.type === 'describe') return { type: 'described', id, description: describePlugin(exported) };
    return { type: 'checked', id, faults: faultsIn(exported, question.parameters) };
  } catch (error) {
    return { type: 'unusable', id, problem: `it cannot be loaded: ${failureOf(error).text}` };
  }
}

function describePlugin(plugin: Plugin) {
  const { kind, name, summary, parameters } = plugin;
  const jsonSchema = z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' });
  const destination = capabilitiesOf(plugin);
  return { kind, name, summary: summary.slice(0, 1000), jsonSchema: JSON.stringify(jsonSchema), destination };
}

/** So many are more than anyone reads; each is cut to what a message may have. */
function faultsIn({ parameters: schema }: Plugin, parameters: unknown) {
  const faults = parameterFaults(schema, parameters).slice(0, 1000);
  return faults.map(({ path, message }) => ({ path: path.slice(0, 100), message: message.slice(0, 10_000) }));
}
