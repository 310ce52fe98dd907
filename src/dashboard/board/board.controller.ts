import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Asking, Needs } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { sendHtml } from '../page-headers.adapter.js';
import { PageRenderer } from '../page-renderer.service.js';
import { WardNow } from '../ward-now.service.js';
import { BoardPages } from './board-pages.service.js';

/** The first page. */
@Controller()
export class BoardController {
  constructor(
    @Inject(BoardPages) private readonly pages: BoardPages,
    @Inject(WardNow) private readonly ward: WardNow,
    @Inject(PageRenderer) private readonly renderer: PageRenderer,
  ) {}

  @Get()
  @Needs('read-status')
  async board(@Asking() principal: Principal, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.ward.read(principal);
    sendHtml(reply, this.renderer.page('board', rows, here, await this.pages.board(principal, rows, here)));
  }
}
