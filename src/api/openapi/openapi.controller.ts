import { Controller, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { programVersion } from '../../shared/package.adapter.js';
import { openApiDocument } from './openapi.js';
import { Input, Serves } from '../route.adapter.js';
import { allRoutes, type AnswerOf, type InputOf } from '../routes.js';

@Controller()
export class OpenApiController {
  /** Made once: it is large, and anybody may ask for it again and again. */
  private readonly text = JSON.stringify(openApiDocument(allRoutes, programVersion()) satisfies AnswerOf<'openApi'>);

  @Serves('openApi')
  read(@Input() _nothing: InputOf<'openApi'>, @Res() reply: FastifyReply): void {
    reply.header('content-type', 'application/json; charset=utf-8').send(this.text);
  }
}
