import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { packageRoot } from '../shared/package.adapter.js';

export interface Asset {
  readonly body: Buffer;
  readonly type: string;
  /** The beginning of its SHA-256: other content has another address, so it may be kept forever. */
  readonly hash: string;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files of `templates/assets`, held in memory: there are few, and small. */
@Injectable()
export class Assets {
  private readonly byName: ReadonlyMap<string, Asset>;
  /** Changes with any of them: a page from before an update loads itself again. */
  readonly version: string;

  constructor() {
    const folder = join(packageRoot, 'templates', 'assets');
    const names = readdirSync(folder).filter((name) => types[extname(name)] !== undefined);
    this.byName = new Map(names.sort().map((name) => [name, readAsset(join(folder, name))]));
    this.version = shortHash([...this.byName.values()].map(({ hash }) => hash).join());
  }

  find(name: string): Asset | undefined {
    return this.byName.get(name);
  }

  /** The address of a file, with its hash. */
  href(name: string): string {
    const asset = this.byName.get(name);
    if (!asset) throw new TypeError(`there is no templates/assets/${name}`);
    return `/assets/${name}?v=${asset.hash}`;
  }
}

function readAsset(path: string): Asset {
  const body = readFileSync(path);
  return { body, type: types[extname(path)] ?? 'application/octet-stream', hash: shortHash(body) };
}

function shortHash(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}
