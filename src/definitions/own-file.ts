import { canonicalJson } from './canonical-json.js';
import { definitionText, type Definition, type ManagedDefinition } from './definition.js';
import { fileOfTheLog, isSameManager, type ManagedBy } from './managed-by.js';

/** As whom a configuration file is applied. */
export interface OwnFile {
  readonly manager: ManagedBy;
  /** As whom the one file of the log stated definitions while one process had the log to itself. */
  readonly ofTheLog: readonly ManagedBy[];
  /** Whether it is that file. */
  readonly isFileOfTheLog: boolean;
}

/** What a file is recognised by: never its path, since files are moved. */
export interface FileIdentity {
  /** As whom this installation applied its file before, where it shares that with others; null if it does not. */
  readonly remembered: string | null;
  /** The id of the log. */
  readonly log: string;
  /** The id of the data folder. */
  readonly installation: string;
  /** Whether other processes, each with a file, may work with the same log. */
  readonly isShared: boolean;
  readonly title: string;
}

/**
 * As whom a file is applied. Where one process has the log to itself, there is one file, that of the log. Where several share
 * it, each has a file of its own, but one that states exactly what another manages is a copy of that file: from then on the
 * two are one, whatever becomes of it.
 */
export function ownFileOf(
  { remembered, log, installation, isShared, title }: FileIdentity,
  defined: readonly ManagedDefinition[],
  stated: readonly Definition[],
): OwnFile {
  const own: ManagedBy = { kind: 'file', id: log, title };
  const ofTheLog = [own, fileOfTheLog];
  const id = remembered ?? copiedFile(ofTheLog, defined, stated)?.id ?? (isShared ? installation : log);
  const isFileOfTheLog = !isShared || ofTheLog.some((file) => file.id === id);
  return { manager: { ...own, id }, ofTheLog, isFileOfTheLog };
}

/**
 * The file of which this one is a copy: all that it states is defined so, by one file or by that of the log, and all that it
 * manages is stated.
 */
function copiedFile(
  ofTheLog: readonly ManagedBy[],
  defined: readonly ManagedDefinition[],
  stated: readonly Definition[],
): ManagedBy | null {
  const byKey = new Map(defined.map((one) => [definitionText(one), one]));
  const same = stated.flatMap((one) => {
    const now = byKey.get(definitionText(one));
    return now && isSameDefinition(now, one) ? [now.managedBy] : [];
  });
  const others = new Map(same.filter((one) => !isAmong(ofTheLog, one)).map((one) => [`${one.kind} ${one.id}`, one]));
  if (same.length < stated.length || others.size > 1) return null;
  const [other] = others.values();
  const file = other ?? ofTheLog[0];
  if (file?.kind !== 'file') return null;
  const files = other ? [other] : ofTheLog;
  const keys = new Set(stated.map(definitionText));
  return defined.every((one) => !isAmong(files, one.managedBy) || keys.has(definitionText(one))) ? file : null;
}

export function isSameDefinition(one: Definition, other: Definition): boolean {
  return canonicalJson(one.definition) === canonicalJson(other.definition);
}

/** Whether what has this manager is changed and retired by the file. */
export function isManagedBy({ manager, ofTheLog, isFileOfTheLog }: OwnFile, managedBy: ManagedBy): boolean {
  return isSameManager(managedBy, manager) || (isFileOfTheLog && isAmong(ofTheLog, managedBy));
}

/** Whether the file may take something that it states: it is its own, or of a time when there was one file. */
export function mayDefine(own: OwnFile, managedBy: ManagedBy): boolean {
  return isManagedBy(own, managedBy) || isAmong(own.ofTheLog, managedBy);
}

function isAmong(files: readonly ManagedBy[], managedBy: ManagedBy): boolean {
  return files.some((file) => isSameManager(file, managedBy));
}
