import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { othersRights, ownUser } from '../shared/file-rights.adapter.js';
import { descriptionSchema, type Description } from './protocol.js';

const contentSchema = z.object({
  /** By {@link PluginKeys}. */
  descriptions: z.record(z.string(), descriptionSchema),
  /** Hashes of a plugin and of parameters that were right. */
  right: z.array(z.string()),
});
type Content = z.infer<typeof contentSchema>;

/** A checksum tells a damaged file, of which a part may still read well. */
const fileSchema = z.object({ format: z.literal(1), sha256: z.string(), content: z.string() });

/** So many of each are kept of earlier starts. */
const mostOfEarlier = 1_000;
const largestBytes = 64 * 1024 * 1024;
const saveAfterMs = 500;

/**
 * What plugins said of themselves, and which parameters they found right, so that a start need not ask again. Only what was
 * right is kept, and of parameters a hash alone. A file that is damaged, or that others own or may read, counts for nothing.
 */
export class PluginCache {
  private readonly used: Record<string, Description> = {};
  private readonly right: Set<string>;
  private timer: NodeJS.Timeout | undefined;
  private saving: Promise<void> = Promise.resolve();
  private hasNews = false;

  private constructor(
    private readonly file: string | null,
    private readonly earlier: Content,
  ) {
    this.right = new Set(earlier.right);
  }

  /** @param file null: nothing is kept beyond this process */
  static async open(file: string | null): Promise<PluginCache> {
    return new PluginCache(file, (file === null ? null : await contentOf(file)) ?? { descriptions: {}, right: [] });
  }

  description(key: string): Description | null {
    const found = this.earlier.descriptions[key] ?? null;
    if (found) this.used[key] = found;
    return found;
  }

  keepDescription(key: string, description: Description): void {
    this.used[key] = description;
    this.earlier.descriptions[key] = description;
    this.saveSoon();
  }

  isRight(key: string, parameters: unknown): boolean {
    const hash = hashOf(key, parameters);
    const isRight = this.right.delete(hash);
    // What was asked for last is kept longest.
    if (isRight) this.right.add(hash);
    return isRight;
  }

  keepRight(key: string, parameters: unknown): void {
    const hash = hashOf(key, parameters);
    if (this.right.has(hash)) return;
    this.right.add(hash);
    this.saveSoon();
  }

  /** Writes what is new. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    this.save();
    await this.saving;
  }

  private saveSoon(): void {
    this.hasNews = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), saveAfterMs).unref();
  }

  private save(): void {
    const { file } = this;
    if (file === null || !this.hasNews) return;
    this.hasNews = false;
    // What cannot be written is asked again at the next start, and costs only its time.
    this.saving = this.saving.then(() => write(file, this.content())).catch(() => undefined);
  }

  private content(): Content {
    const used = new Set(Object.keys(this.used));
    const others = Object.entries(this.earlier.descriptions).filter(([key]) => !used.has(key));
    const descriptions = Object.fromEntries([...others.slice(-mostOfEarlier), ...Object.entries(this.used)]);
    return { descriptions, right: [...this.right].slice(-mostOfEarlier) };
  }
}

function hashOf(key: string, parameters: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([key, parameters]))
    .digest('hex');
}

async function contentOf(file: string): Promise<Content | null> {
  try {
    const opened = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const stats = await opened.stat();
      const isPrivate = ownUser() === null || (stats.uid === ownUser() && (stats.mode & othersRights) === 0);
      if (!stats.isFile() || !isPrivate || stats.size > largestBytes) return null;
      return read(await opened.readFile('utf8'));
    } finally {
      await opened.close();
    }
  } catch {
    return null; // There is none yet, or none that can be read.
  }
}

function read(text: string): Content | null {
  const { sha256, content } = fileSchema.parse(JSON.parse(text));
  return sha256 === checksum(content) ? contentSchema.parse(JSON.parse(content)) : null;
}

async function write(file: string, content: Content): Promise<void> {
  const text = JSON.stringify(content);
  const draft = `${file}.${randomUUID()}`;
  try {
    const opened = await open(draft, 'wx', 0o600);
    try {
      await opened.writeFile(JSON.stringify({ format: 1, sha256: checksum(text), content: text }));
    } finally {
      await opened.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
