import { defineView, foldedTable, type View } from '../folding/view.adapter.js';
import { definitionTable } from './definitions.entity.js';
import { DefinitionEvents, foldDefinition, type DefinitionChange } from './definitions.fold.js';
import type { DefinedKind } from './kind.js';

/** What is defined now: servers, check-ups, jobs and all else that can be. */
export function definitionsView(kinds: readonly DefinedKind[]): View {
  const definitions = new DefinitionEvents(kinds);
  const changeOf = (event: Parameters<DefinitionEvents['changeOf']>[0]): DefinitionChange => {
    const change = definitions.changeOf(event);
    if (!change) throw new TypeError(`${event.type} defines nothing`);
    return change;
  };
  return defineView({
    name: 'definitions',
    version: 3,
    tables: [
      foldedTable(definitionTable, {
        events: kinds.flatMap(({ defined, retired }) => [defined, retired]),
        key: (event) => changeOf(event).key,
        fold: (row, event, place) => foldDefinition(row, changeOf(event), event.time, place),
      }),
    ],
  });
}
