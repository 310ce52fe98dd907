import { Inject, Injectable } from '@nestjs/common';
import { basename } from 'node:path';
import { may, type Principal } from '../../access/principal.js';
import { ConfigurationService } from '../../configuration/configuration.service.js';
import { SETTINGS, type Settings } from '../../shared/settings.js';
import { count, type Here } from '../humanise.js';
import type { Page } from '../page.js';
import { PageTemplates } from '../templates.adapter.js';

/** Makes the part of the board that says what is wrong in the configuration file. */
@Injectable()
export class ConfigurationProblems implements Page {
  readonly needs = 'read-configuration';
  readonly sections: Page['sections'] = {
    problems: ({ principal, here }) => this.templates.part('section-problems', this.part(principal, here)),
  };

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(ConfigurationService) private readonly configuration: Pick<ConfigurationService, 'problems'>,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
  ) {}

  /** Empty for those who may not see what the file says. */
  part(principal: Principal, here: Here) {
    const problems = may(principal, this.needs) ? this.configuration.problems() : [];
    return {
      file: basename(this.settings.configFile),
      count: count(problems.length, here),
      problems: problems.map(({ line, path, message, advice }) => ({ line: String(line), path, message, advice })),
    };
  }
}
