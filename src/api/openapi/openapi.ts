import { z } from 'zod';
import { permissions } from '../../access/permissions.js';
import { codesOf, problemSchema, problemType, retryAfterSeconds } from '../problems.js';
import { errorsOfAll, errorsOfPost, type Route } from '../route.js';
import { namedSchemas } from '../routes.js';

type Json = Readonly<Record<string, unknown>>;
type NamedRoute = Route & { readonly operation: string };

/**
 * The OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0) of the routes, made from the schemas they are served by.
 * @param version of the program
 */
export function openApiDocument(routes: readonly NamedRoute[], version: string): Json & { readonly openapi: '3.1.0' } {
  const schemas = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...namedSchemas, Problem: problemSchema })) schemas.add(schema, { id });
  for (const { operation, answer } of routes) {
    if (!schemas.has(answer.body)) schemas.add(answer.body, { id: `${operation}Answer` });
  }
  const paths = [...new Set(routes.map(({ path }) => path))];
  return {
    openapi: '3.1.0',
    info: {
      title: 'Wardround',
      version,
      description: 'History and status of the monitored servers, and operations. Fields may be added to responses.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(paths.map((path) => [path, pathItem(routes, path, schemas)])),
    components: {
      schemas: componentsOf(schemas),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token in `process.json` of the data folder' },
      },
    },
  };
}

type Schemas = ReturnType<typeof z.registry<{ id: string }>>;

function componentsOf(schemas: Schemas): Json {
  const made = z.toJSONSchema(schemas, { uri: (id) => `#/components/schemas/${id}`, override: openAndPlain });
  return Object.fromEntries(Object.entries(made.schemas).map(([id, schema]) => [id, withoutNames(schema)]));
}

/** The document as a whole says which dialect of JSON Schema it is in, and where each schema stands. */
function withoutNames({ $id: _id, $schema: _schema, ...schema }: Json): Json {
  return schema;
}

/** Answers may gain fields, so none is closed; and `format` says what Zod's pattern of a date repeats at length. */
function openAndPlain({ jsonSchema }: { readonly jsonSchema: { [key: string]: unknown } }): void {
  if (jsonSchema['additionalProperties'] === false) delete jsonSchema['additionalProperties'];
  if (jsonSchema['format'] === 'date-time') delete jsonSchema['pattern'];
}

function pathItem(routes: readonly NamedRoute[], path: string, schemas: Schemas): Json {
  const ofPath = routes.filter((route) => route.path === path);
  return Object.fromEntries(ofPath.map((route) => [route.method.toLowerCase(), operationOf(route, schemas)]));
}

function operationOf(route: NamedRoute, schemas: Schemas): Json {
  const { operation, summary, answer, method, headers, needs, token } = route;
  return {
    operationId: operation,
    summary,
    ...(needs === 'nothing' ? {} : { description: `Needs the permission \`${needs}\`: ${permissions[needs].allows}` }),
    parameters: [
      ...parametersOf(route.params, 'path'),
      ...parametersOf(route.query, 'query'),
      ...Object.entries(headers ?? {}).map(([name, description]) => headerParameter(name, description)),
      ...(method === 'POST' ? [actorParameter] : []),
    ],
    ...(method === 'POST' ? { requestBody: requestBody(route) } : {}),
    ...(token ? { security: [{ token: [] }] } : {}),
    responses: {
      [answer.status]: {
        description: 'As asked',
        ...(answer.headers ? { headers: headersOf(answer.headers) } : {}),
        content: { 'application/json': { schema: referenceTo(answer.body, schemas) } },
      },
      ...Object.fromEntries(errorsOf(route).map((status) => [status, problemResponse(status)])),
    },
  };
}

const actorParameter: Json = {
  name: 'wardround-actor',
  in: 'header',
  required: false,
  description: 'Who makes the change, such as `cli:anna`; needs the token. Default: `api`',
  schema: { type: 'string', pattern: '^cli:[^\\s]{1,100}$' },
};

function headerParameter(name: string, description: string): Json {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}

/** Every status of an error that a route can answer, in order. */
export function errorsOf({ method, errors, token }: Route): readonly number[] {
  const ofPost = method === 'POST' ? [...errorsOfPost, 401] : [];
  return [...new Set([...errorsOfAll, ...ofPost, ...errors, ...(token ? [401] : [])])].sort((a, b) => a - b);
}

function parametersOf(schema: z.ZodObject, place: 'path' | 'query'): readonly Json[] {
  return Object.entries(schema.shape).map(([name, parameter]) => {
    const { description, ...type } = withoutNames(z.toJSONSchema(parameter, { override: openAndPlain }));
    return {
      name,
      in: place,
      required: place === 'path' || !z.safeParse(parameter, undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: type,
    };
  });
}

function requestBody({ body, contents }: Route): Json {
  const typed = Object.entries(contents ?? { 'application/json': body });
  const required = contents !== undefined || !body.safeParse({}).success;
  return {
    required,
    content: Object.fromEntries(
      typed.map(([mediaType, schema]) => [
        mediaType,
        { schema: withoutNames(z.toJSONSchema(schema, { io: 'input', override: openAndPlain })) },
      ]),
    ),
  };
}

function headersOf(headers: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

function referenceTo(schema: z.ZodType, schemas: Schemas): Json {
  return { $ref: `#/components/schemas/${schemas.get(schema)?.id ?? ''}` };
}

function problemResponse(status: number): Json {
  const codes = codesOf(status);
  return {
    description: `Problem: ${codes.join(', ')}`,
    ...(retryAfterSeconds({ status }) === null ? {} : { headers: headersOf({ 'retry-after': 'Seconds' }) }),
    content: {
      [problemType]: {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { properties: { status: { const: status }, code: { enum: codes } } },
          ],
        },
      },
    },
  };
}
