import { allKinds, allSections } from '../capabilities.js';
import type { Knowledge } from '../definitions/checking/knowledge.js';
import { configurationJsonSchema, configurationSchema, type Configuration } from './configuration-file.js';
import { draftText } from '../definitions/checking/draft.js';
import { addressesAmong, serversAmong } from '../definitions/checking/file-addresses.js';
import { idleReferences } from './idle-references.js';
import { withConfigFolder } from '../definitions/checking/paths-and-references.js';
import { processFaults } from './process-settings.js';
import {
  inOrderOfFile,
  pathText,
  type ConfigurationProblem,
  type Fault,
  type Path,
} from '../definitions/checking/problem.js';
import { schemaFaults } from './schema-faults.js';
import { schemaNode } from '../definitions/checking/schema-hints.js';
import { valueAt } from '../definitions/checking/value-at.js';
import { withQuotesTold } from './quotes-told.js';
import { parseYaml, type ParsedYaml } from './yaml-text.js';

export type ReadConfiguration =
  | {
      readonly right: true;
      readonly configuration: Configuration;
      /** What is not wrong, but hardly meant; each a sentence or more. */
      readonly notes: readonly string[];
      /** Where something is in the file. */
      locate(path: Path): { readonly line: number; readonly column: number };
      /** How something in the file is understood that could be meant otherwise, in the order of the file. */
      readonly meanings: readonly ConfigurationProblem[];
    }
  /** Everything that is wrong, in the order of the file. */
  | { readonly right: false; readonly problems: readonly ConfigurationProblem[] };

const hints = schemaNode(configurationJsonSchema());

/**
 * Understands the text of a configuration file, or says all that is wrong with it at once. Total: it never throws,
 * whatever the text.
 * @param folder absolute path of the folder that the file is in. `${config}` means it, and is replaced here: what is
 * defined must mean the same whichever file is read later. All other references stay, and are resolved at each use.
 */
export function readConfiguration(text: string, folder: string, knowledge: Knowledge): ReadConfiguration {
  const yaml = parseYaml(text);
  if (yaml.value === undefined) return { right: false, problems: yaml.problems };
  if (yaml.value === null) return { right: false, problems: [...yaml.problems, emptyFile] };
  const parameterFaults: Knowledge['parameterFaults'] = (kind, plugin, parameters) =>
    knowledge.parameterFaults(kind, plugin, withConfigFolder(parameters, folder));
  const parsed = configurationSchema.safeParse(yaml.value);
  const ofSchema = parsed.success ? [] : schemaFaults(yaml.value, parsed.error.issues, hints);
  const placeOf: Knowledge['placeOf'] = (path) => knowledge.placeOf(path.replaceAll('${config}', () => folder));
  const ofChecks = [
    ...kindFaults(yaml.value, { ...knowledge, parameterFaults, placeOf }),
    ...processFaults(yaml.value),
  ];
  const [notes, faults] = [ofChecks.filter(({ isNote }) => isNote), ofChecks.filter(({ isNote }) => !isNote)];
  const problems = [...yaml.problems, ...located(withoutEchoes(ofSchema, faults), yaml)];
  if (parsed.success && problems.length === 0) {
    return {
      right: true,
      configuration: placed(parsed.data, folder),
      notes: idleReferences(yaml.value),
      meanings: inOrderOfFile(located(notes, yaml)),
      locate: yaml.locate,
    };
  }
  return { right: false, problems: inOrderOfFile(problems) };
}

const emptyFile: ConfigurationProblem = {
  line: 1,
  column: 1,
  path: '',
  message: 'the file is empty',
  advice: 'Define at least one server, such as `servers: [{ name: this-computer }]`',
};

/** Where the schema has already said what is wrong with a value, no check says it again. */
function withoutEchoes(ofSchema: readonly Fault[], ofChecks: readonly Fault[]): readonly Fault[] {
  const told = new Set(ofSchema.map(({ path }) => pathText(path)));
  return [...ofSchema, ...ofChecks.filter(({ path }) => !told.has(pathText(path)))];
}

function located(faults: readonly Fault[], yaml: ParsedYaml): readonly ConfigurationProblem[] {
  return faults.map((fault) => {
    const { message, advice } = withQuotesTold(fault, yaml);
    const also = fault.alsoAt === undefined ? '' : ` in line ${yaml.locate(fault.alsoAt).line}`;
    return { ...yaml.locate(fault.path), path: pathText(fault.path), message: `${message}${also}`, advice };
  });
}

/** What is wrong in the file beyond the shape of its values: plugins, times, names that mean nothing, repeats. */
function kindFaults(value: unknown, knowledge: Knowledge): readonly Fault[] {
  const drafts = new Map(allSections.map((section) => [section, section.draft.parse(valueAt(value, [section.key]))]));
  const sectionsOf = (name: string) => allKinds.find((kind) => kind.name === name)?.sections ?? [];
  const namesOf = (name: string) => sectionsOf(name).flatMap((section) => section.namesIn(drafts.get(section)));
  const statedOf = (name: string) => sectionsOf(name).flatMap((section) => section.statedIn(drafts.get(section)));
  const site = draftText.parse(valueAt(value, ['site'])) ?? configurationSchema.shape.site.parse(undefined);
  const serverKinds = allKinds.filter(({ folder }) => folder === null);
  const servers = serversAmong(
    serverKinds.flatMap(({ name }) => statedOf(name)),
    site,
  );
  const addressesOf = (name: string) => addressesAmong(statedOf(name), servers);
  const context = { knowledge, namesOf, servers, addressesOf };
  return allSections.flatMap((section) => section.faults(drafts.get(section), context));
}

function placed(configuration: Configuration, folder: string): Configuration {
  const replace = <Value>(value: Value): Value => withConfigFolder(value, folder);
  const sections = allSections.map(({ key, place }) => [key, place(configuration[key], replace)] as const);
  // Replacing text within strings keeps every shape.
  return { ...configuration, eventLog: replace(configuration.eventLog), ...Object.fromEntries(sections) };
}
