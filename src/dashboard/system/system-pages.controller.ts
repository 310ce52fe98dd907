import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Asking, Needs } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { sendHtml } from '../page-headers.adapter.js';
import { PageRenderer } from '../page-renderer.service.js';
import { PageTemplates } from '../templates.adapter.js';
import { WardNow } from '../ward-now.service.js';
import { SystemPages } from './system-pages.service.js';

/** The page about Wardround itself. It is there also while the state of the whole cannot be read. */
@Controller()
export class SystemPagesController {
  constructor(
    @Inject(SystemPages) private readonly pages: SystemPages,
    @Inject(WardNow) private readonly ward: WardNow,
    @Inject(PageRenderer) private readonly renderer: PageRenderer,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
  ) {}

  @Get('system')
  @Needs('read-system')
  async system(@Asking() principal: Principal, @Res() reply: FastifyReply): Promise<void> {
    const here = this.ward.here();
    sendHtml(reply, await this.renderer.pageAnyhow(principal, 'system', here, await this.pages.part(principal, here)));
  }

  @Get('fragments/system')
  @Needs('read-system')
  async part(@Asking() principal: Principal, @Res() reply: FastifyReply): Promise<void> {
    sendHtml(reply, this.templates.part('section-system', await this.pages.part(principal, this.ward.here())));
  }
}
