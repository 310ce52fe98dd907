import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { WardroundError } from '../shared/errors.js';
import { PAGES, type Page } from './page.js';
import { sendHtml } from './page-headers.adapter.js';
import { statusStrip } from './status-strip.js';
import { PageTemplates } from './templates.adapter.js';
import { WardNow } from './ward-now.service.js';

/** The parts of pages, as they are now: what a page fetches when it hears that a part has changed. */
@Controller('fragments')
export class FragmentsController {
  private readonly sections: ReadonlyMap<string, Page['sections'][string]>;

  constructor(
    @Inject(WardNow) private readonly ward: WardNow,
    @Inject(PAGES) pages: readonly Page[],
    @Inject(PageTemplates) templates: PageTemplates,
  ) {
    this.sections = new Map([
      // The head of every page, whichever it is.
      ['status', ({ rows, here }) => templates.part('section-status', statusStrip(rows, here))],
      ...pages.flatMap(({ sections }) => Object.entries(sections)),
    ]);
  }

  @Get(':name')
  async section(@Param('name') name: string, @Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const asked = { query, ...(await this.ward.read()) };
    const render = this.sections.get(name);
    if (!render) throw new WardroundError('not-found', `there is no section "${name}"`);
    sendHtml(reply, await render(asked));
  }
}
