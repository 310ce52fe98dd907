import { Inject, Injectable } from '@nestjs/common';
import { basename } from 'node:path';
import { ConfigurationService } from '../../configuration/configuration.service.js';
import { SETTINGS, type Settings } from '../../shared/settings.js';
import { count, type Here } from '../humanise.js';
import type { Page } from '../page.js';
import { PageTemplates } from '../templates.adapter.js';

/** Makes the part of the board that says what is wrong in the configuration file. */
@Injectable()
export class ConfigurationProblems implements Page {
  readonly sections: Page['sections'] = {
    problems: ({ here }) => this.templates.part('section-problems', this.part(here)),
  };

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(ConfigurationService) private readonly configuration: Pick<ConfigurationService, 'problems'>,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
  ) {}

  part(here: Here) {
    const problems = this.configuration.problems();
    return {
      file: basename(this.settings.configFile),
      count: count(problems.length, here),
      problems: problems.map(({ line, path, message, advice }) => ({ line: String(line), path, message, advice })),
    };
  }
}
