import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
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
  async board(@Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.ward.read();
    sendHtml(reply, this.renderer.page('board', rows, here, await this.pages.board(rows, here)));
  }
}
