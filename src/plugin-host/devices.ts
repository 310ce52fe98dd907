import type { PluginDescription } from './plugin-host.js';

/**
 * What means the device that a call of a plugin alone may use; null where any number may continue at once. Two jobs
 * that state the same device in the parameters that name it have one and the same.
 * @param parameters with their references resolved; a default of the plugin's schema counts where they lack a value
 */
export function deviceOf(
  { kind, name, destination, jsonSchema }: PluginDescription,
  parameters: unknown,
): string | null {
  const exclusive = destination?.exclusive ?? null;
  if (exclusive === null) return null;
  if (exclusive === true) return `${kind} ${name}`;
  const values = exclusive.map((key) => property(parameters, key) ?? defaultOf(jsonSchema, key) ?? null);
  return `${kind} ${name} ${JSON.stringify(values)}`;
}

function defaultOf(jsonSchema: unknown, key: string): unknown {
  return property(property(property(jsonSchema, 'properties'), key), 'default');
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
