import type { z } from 'zod';
import { alarms } from './alarms/alarms.routes.js';
import { checkups } from './checkups/checkups.routes.js';
import { clock } from './clock/clock.routes.js';
import { configuration } from './configuration/configuration.routes.js';
import { events } from './events/events.routes.js';
import { jobs } from './jobs/jobs.routes.js';
import { messages } from './messages/messages.routes.js';
import { openapi } from './openapi/openapi.routes.js';
import { parked } from './parked/parked.routes.js';
import { runs } from './runs/runs.routes.js';
import { servers } from './servers/servers.routes.js';
import { snapshots } from './snapshots/snapshots.routes.js';
import { system } from './system/system.routes.js';
import { views } from './views/views.routes.js';
import type { Route } from './route.js';

// The resources of the API: the server and its OpenAPI document are both made of this list. A new one is a folder, its lines here
// and its controller in `api.module.ts`.
const resources = [
  servers,
  checkups,
  jobs,
  runs,
  snapshots,
  alarms,
  messages,
  events,
  configuration,
  views,
  parked,
  openapi,
  clock,
  system,
] as const;

export const routes = {
  ...servers.routes,
  ...checkups.routes,
  ...jobs.routes,
  ...runs.routes,
  ...snapshots.routes,
  ...alarms.routes,
  ...messages.routes,
  ...events.routes,
  ...configuration.routes,
  ...views.routes,
  ...parked.routes,
  ...openapi.routes,
  ...clock.routes,
  ...system.routes,
} as const satisfies Readonly<Record<string, Route>>;

/** The schemas that get their own name in the document. */
export const namedSchemas: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  resources.flatMap(({ named }) => Object.entries(named)),
);

export type Operation = keyof typeof routes;

/** What a route was asked, checked. */
export interface InputOf<Name extends Operation> {
  readonly params: z.output<(typeof routes)[Name]['params']>;
  readonly query: z.output<(typeof routes)[Name]['query']>;
  readonly body: z.output<(typeof routes)[Name]['body']>;
}

/** What a route answers. */
export type AnswerOf<Name extends Operation> = z.output<(typeof routes)[Name]['answer']['body']>;

/** Every route, as one type. */
export const allRoutes: readonly (Route & { readonly operation: string })[] = Object.entries(routes).map(
  ([operation, route]) => ({ ...route, operation }),
);
