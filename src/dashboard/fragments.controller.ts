import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Asking, Needs } from '../access/access-guard.adapter.js';
import { requirePermission } from '../access/missing-permission.js';
import type { Permission } from '../access/permissions.js';
import type { Principal } from '../access/principal.js';
import { WardroundError } from '../shared/errors.js';
import { PAGES, type Page } from './page.js';
import { sendHtml } from './page-headers.adapter.js';
import { statusStrip } from './status-strip.js';
import { PageTemplates } from './templates.adapter.js';
import { WardNow } from './ward-now.service.js';

interface Section {
  readonly needs: Permission;
  readonly render: Page['sections'][string];
}

/** The parts of pages, as they are now: what a page fetches when it hears that a part has changed. */
@Controller('fragments')
export class FragmentsController {
  private readonly sections: ReadonlyMap<string, Section>;

  constructor(
    @Inject(WardNow) private readonly ward: WardNow,
    @Inject(PAGES) pages: readonly Page[],
    @Inject(PageTemplates) templates: PageTemplates,
  ) {
    const ofPages = pages.flatMap(({ needs, sections }) =>
      Object.entries(sections).map(([name, render]): [string, Section] => [name, { needs, render }]),
    );
    // The head of every page, whichever it is.
    const render: Section['render'] = ({ rows, here }) => templates.part('section-status', statusStrip(rows, here));
    this.sections = new Map([['status', { needs: 'read-status', render }], ...ofPages]);
  }

  @Get(':name')
  @Needs('read-status')
  async section(
    @Asking() principal: Principal,
    @Param('name') name: string,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const section = this.sections.get(name);
    if (!section) throw new WardroundError('not-found', `there is no section "${name}"`);
    requirePermission(principal, section.needs);
    sendHtml(reply, await section.render({ principal, query, ...(await this.ward.read(principal)) }));
  }
}
