import { Logger } from '@nestjs/common';
import { open } from 'node:fs/promises';
import type { ResolveReference } from '../plugin-host/references.js';
import { modeText, ownUser } from '../shared/file-rights.adapter.js';

const othersMayRead = 0o004;

/** Where containers are given their secrets, readable by all: no one else is in the container. */
const containerSecrets = '/run/secrets/';

/** Finds what definitions refer to: environment variables, files (without the line feed at their end), the data folder. */
export function processReferences(dataFolder: string): ResolveReference {
  const told = new Set<string>();
  const tell = (path: string, mode: number): void => {
    if (told.has(path)) return;
    told.add(path);
    new Logger('Wardround').warn(
      `Every user of this computer can read ${path}, which the configuration uses as a secret (mode ${modeText(mode)}). ` +
        `To fix this: chmod 600 ${path}`,
    );
  };
  return async (reference) => {
    switch (reference.kind) {
      case 'env':
        return process.env[reference.name] ?? null;
      case 'file':
        return readText(reference.path, tell);
      case 'data':
        return dataFolder;
    }
  };
}

async function readText(path: string, tell: (path: string, mode: number) => void): Promise<string | null> {
  try {
    const file = await open(path, 'r');
    try {
      const { mode } = await file.stat();
      const isOpen = ownUser() !== null && (mode & othersMayRead) !== 0;
      if (isOpen && !path.startsWith(containerSecrets)) tell(path, mode);
      return (await file.readFile('utf8')).replace(/\r?\n$/, '');
    } finally {
      await file.close();
    }
  } catch {
    return null; // The caller reports which reference is missing, and where it is.
  }
}
