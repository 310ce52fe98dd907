import { z } from 'zod';
import type { Path } from './problem.js';

/** The parts of a JSON Schema that tell people what belongs where. */
export interface SchemaNode {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly properties?: Readonly<Record<string, SchemaNode>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: SchemaNode | undefined;
  readonly anyOf?: readonly SchemaNode[] | undefined;
  readonly oneOf?: readonly SchemaNode[] | undefined;
}

const nodeSchema: z.ZodType<SchemaNode> = z.object({
  type: z.string().optional(),
  description: z.string().optional(),
  get properties() {
    return z.record(z.string(), nodeSchema).optional();
  },
  required: z.array(z.string()).optional(),
  get items() {
    return nodeSchema.optional();
  },
  get anyOf() {
    return z.array(nodeSchema).optional();
  },
  get oneOf() {
    return z.array(nodeSchema).optional();
  },
});

/** Takes a JSON Schema apart. @throws ZodError if it is none. */
export function schemaNode(jsonSchema: unknown): SchemaNode {
  return nodeSchema.parse(jsonSchema);
}

/** What the schema says of a place; several nodes where it allows alternatives. */
export function nodesAt(root: SchemaNode, path: Path): readonly SchemaNode[] {
  return path.reduce<readonly SchemaNode[]>(
    (nodes, part) => nodes.flatMap((node) => stepInto(node, part)),
    alternatives(root),
  );
}

function stepInto(node: SchemaNode, part: string | number): readonly SchemaNode[] {
  const inner =
    typeof part === 'number'
      ? node.items
      : Object.hasOwn(node.properties ?? {}, part)
        ? node.properties?.[part]
        : undefined;
  return inner === undefined ? [] : alternatives(inner);
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  const inner = node.anyOf ?? node.oneOf;
  return inner === undefined ? [node] : inner.flatMap(alternatives);
}

/** The keys that may be at a place. */
export function keysAt(root: SchemaNode, path: Path): readonly string[] {
  return [...new Set(nodesAt(root, path).flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** What the schema says about a place in words; empty if nothing. */
export function descriptionAt(root: SchemaNode, path: Path): string {
  return nodesAt(root, path).find(({ description }) => description !== undefined)?.description ?? '';
}
