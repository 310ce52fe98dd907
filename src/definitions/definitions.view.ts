import type { Projection } from '../folding/projection.js';
import { upsert } from '../store/upsert.adapter.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';
import { definitionTable, type DefinitionRow } from './definitions.entity.js';
import { definitionChange, definitionEventTypes, type DefinitionKey } from './definitions.fold.js';

/** What is defined now: servers, check-ups, jobs, rules, recipient groups, channels. */
export const definitionsView: Projection<ViewTransaction, (typeof definitionEventTypes)[number]> = {
  name: 'definitions',
  version: 1,
  types: definitionEventTypes,
  tables: [definitionTable.options.name],
  async project(recorded, tx) {
    const rows = new Map((await tx.find(definitionTable)).map((row) => [keyText(row), row]));
    const touched = new Map<string, DefinitionKey>();
    for (const { event, position } of recorded) {
      const { key, defined, at } = definitionChange(event);
      const text = keyText(key);
      touched.set(text, key);
      if (defined === undefined) rows.delete(text);
      else {
        // A count of our own would depend on how the log was cut into batches.
        const place = rows.get(text)?.place ?? position.offset;
        rows.set(text, { ...key, definition: defined, definedAt: at, place });
      }
    }
    await upsert(tx, definitionTable, [...touched.keys()].map((text) => rows.get(text)).filter(isRow));
    for (const [text, key] of touched) if (!rows.has(text)) await tx.delete(definitionTable, key);
  },
};

function isRow(row: DefinitionRow | undefined): row is DefinitionRow {
  return row !== undefined;
}

function keyText({ kind, site, server, name }: DefinitionKey): string {
  return `${kind}\n${site}\n${server}\n${name}`;
}
