import { allKinds } from '../capabilities.js';
import type { SettingPath } from '../definitions/section.js';
import { pathText, type Path } from '../definitions/checking/problem.js';

/** The settings in which references are looked up: the kinds' own, and those of the engines. */
const places: readonly SettingPath[] = [
  ...allKinds.flatMap(({ sections }) => sections.flatMap(({ references }) => references)),
  ['eventLog', '**'],
  ['views', '**'],
];

const reference = /\$\{(?:env:|file:|data\}|config\})/;

/** Sentences about references that are where they are not looked up, and so are taken as they are written. */
export function idleReferences(value: unknown, path: Path = []): readonly string[] {
  if (typeof value === 'string') {
    if (!reference.test(value) || places.some((place) => isAt(path, place))) return [];
    return [
      `${pathText(path)}: references such as \${env:NAME} are not replaced here; the text is used literally. ` +
        'References work in the parameters of plugins, localCopy.path, smtp, eventLog and views',
    ];
  }
  if (typeof value !== 'object' || value === null) return [];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries(value);
  return entries.flatMap(([key, item]) => idleReferences(item, [...path, key]));
}

function isAt(path: Path, place: SettingPath): boolean {
  if (place.at(-1) !== '**' && path.length !== place.length) return false;
  const steps = place.at(-1) === '**' ? place.slice(0, -1) : place;
  return path.length >= steps.length && steps.every((step, at) => step === '*' || step === path[at]);
}
