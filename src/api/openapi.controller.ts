import { Controller } from '@nestjs/common';
import { programVersion } from '../shared/package.adapter.js';
import { openApiDocument } from './openapi.js';
import { Input, Serves } from './route.adapter.js';
import { allRoutes, type AnswerOf, type InputOf } from './routes.js';

@Controller()
export class OpenApiController {
  private readonly document = openApiDocument(allRoutes, programVersion());

  @Serves('openApi')
  read(@Input() _nothing: InputOf<'openApi'>): AnswerOf<'openApi'> {
    return this.document;
  }
}
