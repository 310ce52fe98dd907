/** What a string in a definition may refer to instead of saying it: `${env:NAME}`, `${file:/path}`, `${data}`. */
export type Reference =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  /** Wardround's data folder. Not a secret. */
  | { readonly kind: 'data' };

/** Looks a reference up. Null: there is no such variable or file. */
export type ResolveReference = (reference: Reference) => string | null | Promise<string | null>;

/** The injection token of the process's own {@link ResolveReference}. */
export const REFERENCES = Symbol('References');

export interface ResolvedParameters {
  readonly parameters: unknown;
  /** What `env` and `file` references mean: it must not appear in anything that is shown or stored. */
  readonly secrets: readonly string[];
  /** The references that nothing was found for, as text for people, each with where it stands. */
  readonly missing: readonly string[];
}

const pattern = /\$\{(?:env:([A-Za-z_][A-Za-z0-9_]*)|file:([^}\n]+)|(data))\}/g;

/** Whether a string holds a reference. */
export function holdsReference(text: string): boolean {
  return text.search(pattern) >= 0;
}

/** Whether any string within a value holds a reference. */
export function holdsReferenceWithin(value: unknown): boolean {
  return stringsIn(value).some(({ text }) => holdsReference(text));
}

/** The reference as it is written: `${env:NAME}`. */
export function referenceText(reference: Reference): string {
  switch (reference.kind) {
    case 'env':
      return `\${env:${reference.name}}`;
    case 'file':
      return `\${file:${reference.path}}`;
    case 'data':
      return '${data}';
  }
}

/** Replaces every reference in every string of a value by what `resolve` finds for it; asks once per reference. */
export async function resolveReferences(value: unknown, resolve: ResolveReference): Promise<ResolvedParameters> {
  const found = new Map<string, string>();
  const secrets = new Set<string>();
  const missing: string[] = [];
  for (const { text, path } of stringsIn(value)) {
    for (const reference of referencesIn(text)) {
      const written = referenceText(reference);
      const known = found.get(written) ?? (await resolve(reference));
      if (known === null) {
        missing.push(`${path.join('.')}: ${written} ${whyMissing(reference)}`);
        continue;
      }
      found.set(written, known);
      if (reference.kind !== 'data') secrets.add(known);
    }
  }
  return { parameters: replaceIn(value, found), secrets: [...secrets], missing };
}

function whyMissing(reference: Reference): string {
  switch (reference.kind) {
    case 'env':
      return `is not set; set the environment variable ${reference.name}`;
    case 'file':
      return `cannot be read; check that the file ${reference.path} exists and that Wardround can read it`;
    case 'data':
      return 'is unknown';
  }
}

function referencesIn(text: string): readonly Reference[] {
  return [...text.matchAll(pattern)].map(([, name, path]) => {
    if (name !== undefined) return { kind: 'env', name };
    return path === undefined ? { kind: 'data' } : { kind: 'file', path };
  });
}

function replaceIn(value: unknown, found: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return value.replace(pattern, (written) => found.get(written) ?? written);
  if (Array.isArray(value)) return value.map((item) => replaceIn(item, found));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceIn(item, found)]));
}

function stringsIn(
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly { readonly text: string; readonly path: readonly (string | number)[] }[] {
  if (typeof value === 'string') return [{ text: value, path }];
  if (Array.isArray(value)) return value.flatMap((item, index) => stringsIn(item, [...path, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => stringsIn(item, [...path, key]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
