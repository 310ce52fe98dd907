import { readFile } from 'node:fs/promises';
import type { ResolveReference } from '../plugin-host/references.js';

/** Finds what definitions refer to: environment variables, files (without the line feed at their end), the data folder. */
export function processReferences(dataFolder: string): ResolveReference {
  return async (reference) => {
    switch (reference.kind) {
      case 'env':
        return process.env[reference.name] ?? null;
      case 'file':
        return readText(reference.path);
      case 'data':
        return dataFolder;
    }
  };
}

async function readText(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch {
    return null; // Whoever asked says which reference is missing, and where it stands.
  }
}
