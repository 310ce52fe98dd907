import { Controller, Inject } from '@nestjs/common';
import { ConfigurationService } from '../../configuration/configuration.service.js';
import { SETTINGS, type Settings } from '../../shared/settings.js';
import { Actor, Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

@Controller()
export class ConfigurationController {
  constructor(
    @Inject(ConfigurationService) private readonly configuration: Pick<ConfigurationService, 'apply' | 'problems'>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Serves('readConfiguration')
  read(@Input() _nothing: InputOf<'readConfiguration'>): AnswerOf<'readConfiguration'> {
    return {
      file: this.settings.configFile,
      problems: this.configuration.problems().map((problem) => ({ ...problem })),
    };
  }

  @Serves('applyConfiguration')
  apply(
    @Input() { body }: InputOf<'applyConfiguration'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'applyConfiguration'>> {
    return this.configuration.apply({ dryRun: body.dryRun, takeOver: body.takeOver, actor });
  }
}
