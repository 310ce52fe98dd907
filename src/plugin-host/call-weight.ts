import type { PluginKind } from '../../plugins/sdk/plugin.js';

/** Heavy calls move data and may take hours; light ones only look, or send something small. */
export type CallWeight = 'light' | 'heavy';

const heavyOperations: Readonly<Record<PluginKind, readonly string[]>> = {
  checkup: [],
  source: ['prepare'],
  destination: ['store', 'verify', 'remove', 'restore'],
  channel: [],
};

export function weightOf(kind: PluginKind, operation: string): CallWeight {
  return heavyOperations[kind].includes(operation) ? 'heavy' : 'light';
}
