import { pathToFileURL } from 'node:url';

/** The default export of a plugin's module. Only processes that may die of it call this: the main process never does. */
export async function loadPluginModule(file: string): Promise<unknown> {
  const module: unknown = await import(pathToFileURL(file).href);
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
}
