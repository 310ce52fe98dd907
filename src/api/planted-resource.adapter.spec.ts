import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { z } from 'zod';
import { ApiDocument } from '../../test/fixtures/api-document.js';
import { openApiServer, type ApiServer } from '../../test/fixtures/api-server.js';
import { Asking } from '../access/access-guard.adapter.js';
import { localUser, type Principal } from '../access/principal.js';
import { RequestPrincipals } from '../access/request-principals.adapter.js';
import { openApiDocument } from './openapi/openapi.js';
import { base, none, wholeNumber, type Resource } from './route.js';
import { Input, ServesRoute } from './route.adapter.js';
import { allRoutes } from './routes.js';

// A resource that no part of the API knows: what its folder would hold.

const printers = {
  named: {},
  routes: {
    listPrinters: {
      method: 'GET',
      path: `${base}/printers`,
      needs: 'read-status',
      summary: 'The printers of the practice',
      params: none,
      query: z.strictObject({ trays: wholeNumber(1, 9).default(1) }),
      body: none,
      answer: { status: 200, body: z.object({ items: z.array(z.string()), asked: z.string() }) },
      errors: [],
    },
  },
} as const satisfies Resource;

@Controller()
class PrintersController {
  @ServesRoute(printers.routes.listPrinters)
  list(@Asking() principal: Principal, @Input() { query }: { query: { trays: number } }) {
    return { items: [`laser with ${query.trays} trays`], asked: principal.id };
  }
}

@Module({ controllers: [PrintersController] })
class PrintersModule {}

const withPrinters = [...allRoutes, { ...printers.routes.listPrinters, operation: 'listPrinters' }];

describe('a planted resource of the API', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await openApiServer({ now: Date.parse('2026-11-22T08:00:00Z'), modules: [PrintersModule] });
  });
  afterAll(() => server.close());

  it('is served as its routes say, with what was asked checked, and answers as the document says', async () => {
    const answer = await server.ask('GET', '/api/v1/printers?trays=2');
    expect(answer).toMatchObject({ status: 200, body: { items: ['laser with 2 trays'], asked: 'wardround' } });
    const document = new ApiDocument(openApiDocument(withPrinters, '1.0.0'));
    expect(document.untruths('GET', '/api/v1/printers', answer)).toEqual([]);
    const wrong = await server.ask('GET', '/api/v1/printers?trays=10&colour=red');
    expect(wrong).toMatchObject({ status: 400, body: { code: 'bad-request' } });
    expect(document.untruths('GET', '/api/v1/printers', wrong)).toEqual([]);
  });

  it('needs the permission that its route states', async () => {
    const principals = server.app.get(RequestPrincipals);
    const { of } = principals;
    Object.assign(principals, { of: (): Principal => ({ ...localUser('eve'), permissions: new Set() }) });
    const refused = await server.ask('GET', '/api/v1/printers');
    Object.assign(principals, { of });
    expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden', permission: 'read-status' } });
  });

  it('touches two files besides its folder: each resource is listed there, and in no other file of `api/` itself', () => {
    const api = fileURLToPath(new URL('.', import.meta.url));
    const folders = readdirSync(api, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const resources = folders.map(({ name }) => name).filter((name) => name !== 'http');
    const files = readdirSync(api).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
    const listing = (name: string) =>
      files.filter((file) => readFileSync(join(api, file), 'utf8').includes(`'./${name}/`));
    for (const name of resources) expect([name, listing(name)]).toEqual([name, ['api.module.ts', 'routes.ts']]);
  });
});
