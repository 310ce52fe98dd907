import { Controller, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { programVersion } from '../../shared/package.adapter.js';
import { openApiDocument } from './openapi.js';
import { Input, Serves } from '../route.adapter.js';
import { allRoutes, type AnswerOf, type InputOf } from '../routes.js';

@Controller()
export class OpenApiController {
  /** Made once, for the first request: it is large, and anyone may request it again and again. */
  private text: string | null = null;

  @Serves('openApi')
  read(@Input() _nothing: InputOf<'openApi'>, @Res() reply: FastifyReply): void {
    reply.header('content-type', 'application/json; charset=utf-8').send(this.document());
  }

  private document(): string {
    this.text ??= JSON.stringify(openApiDocument(allRoutes, programVersion()) satisfies AnswerOf<'openApi'>);
    return this.text;
  }
}
