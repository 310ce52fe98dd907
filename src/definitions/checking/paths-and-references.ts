import { shown, type Fault, type Path } from './problem.js';

const reference = /\$\{([^}]*)\}/g;
const knownReference = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^}\n]+|data|config)$/;

/** `${…}` that means nothing, anywhere within a value. */
export function referenceFaults(value: unknown, path: Path): readonly Fault[] {
  if (typeof value === 'string') return unknownReferences(value, path);
  if (typeof value !== 'object' || value === null) return [];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries(value);
  return entries.flatMap(([key, item]) => referenceFaults(item, [...path, key]));
}

/**
 * Paths among a plugin's parameters that are not absolute. A parameter whose name ends in path, file or folder, or in the
 * plural of one, is a path: that is what plugins promise.
 */
export function pathParameterFaults(value: unknown, path: Path): readonly Fault[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const within = [...path, key];
    if (!/(?:^|[a-z])(?:path|file|folder)s?$/i.test(key)) return pathParameterFaults(inner, within);
    const paths: readonly unknown[] = Array.isArray(inner) ? inner : [inner];
    return paths.flatMap((one, index) =>
      typeof one === 'string' ? relativePathFaults(one, Array.isArray(inner) ? [...within, index] : within) : [],
    );
  });
}

/** The value with `${config}` replaced in all its strings by the folder that the configuration file is in. */
export function withConfigFolder<Value>(value: Value, folder: string): Value {
  // Texts stay texts, so that every shape is kept.
  return replaced(value, folder) as Value;
}

function replaced(value: unknown, folder: string): unknown {
  if (typeof value === 'string') return value.replaceAll('${config}', () => folder);
  if (Array.isArray(value)) return value.map((item) => replaced(item, folder));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, folder)]));
}

function unknownReferences(text: string, path: Path): readonly Fault[] {
  return [...text.matchAll(reference)]
    .filter(([, inner = '']) => !knownReference.test(inner))
    .map(([whole]) => ({
      path,
      message: `unknown reference ${whole}`,
      advice: 'Write ${config}, ${data}, ${env:NAME} or ${file:/absolute/path}',
    }));
}

/**
 * What is wrong with a path of a folder or file. It must be absolute, on Windows or elsewhere, or begin with a reference:
 * what a relative one is relative to would depend on who starts Wardround.
 */
export function pathFault(text: string, path: Path): readonly Fault[] {
  return [...unknownReferences(text, path), ...relativePathFaults(text, path)];
}

function relativePathFaults(text: string, path: Path): readonly Fault[] {
  if (isAbsolute(text) || text.startsWith('${')) return [];
  return [
    {
      path,
      message: `${shown(text)} is a relative path`,
      advice: `Use an absolute path, or start with the folder of this file, "\${config}/${bare(text)}", or the data folder, "\${data}/${bare(text)}"`,
    },
  ];
}

function bare(text: string): string {
  return text.replace(/^(?:\.{1,2}|~)?[\\/]+/, '');
}

/** `/srv`, `C:\\backups`, `C:/backups`, `\\\\server\\share`. */
function isAbsolute(text: string): boolean {
  return /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(text);
}
