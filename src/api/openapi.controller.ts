import { Controller } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../shared/package.adapter.js';
import { openApiDocument } from './openapi.js';
import { Input, Serves } from './route.adapter.js';
import { allRoutes, type AnswerOf, type InputOf } from './routes.js';

const packageSchema = z.object({ version: z.string() });

@Controller()
export class OpenApiController {
  private readonly document = openApiDocument(allRoutes, versionOfProgram());

  @Serves('openApi')
  read(@Input() _nothing: InputOf<'openApi'>): AnswerOf<'openApi'> {
    return this.document;
  }
}

function versionOfProgram(): string {
  return packageSchema.parse(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'))).version;
}
