import { Injectable } from '@nestjs/common';
import Handlebars from 'handlebars';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageRoot } from '../shared/package.adapter.js';
import type { PlainModel } from './plain-model.js';

type Template = (model: unknown) => string;

/** Unknown helpers, and names that a model lacks, are errors: a typing mistake in a template fails its test. */
const compileOptions = { strict: true, knownHelpersOnly: true, knownHelpers: { is: true, uri: true } };

/** The templates of pages and of their parts, compiled once. What they are given is escaped as HTML. */
@Injectable()
export class PageTemplates {
  private readonly handlebars = Handlebars.create();
  private readonly pages: ReadonlyMap<string, Template>;
  private readonly partials: ReadonlyMap<string, Template>;

  constructor() {
    this.handlebars.registerHelper('is', (value: unknown, expected: unknown) => value === expected);
    this.handlebars.registerHelper('uri', (value: unknown) => encodeURIComponent(String(value)));
    this.partials = this.compileFolder('partials');
    for (const [name, template] of this.partials) this.handlebars.registerPartial(name, template);
    this.pages = this.compileFolder('pages');
  }

  /** A whole page, `templates/pages/<name>.hbs`, which finds what surrounds every page under `frame`. */
  page<Model extends object, Frame>(
    name: string,
    model: Model & PlainModel<Model>,
    frame: Frame & PlainModel<Frame>,
  ): string {
    return render(this.pages, name, { ...model, frame });
  }

  /** A part of one, `templates/partials/<name>.hbs`. */
  part<Model>(name: string, model: Model & PlainModel<Model>): string {
    return render(this.partials, name, model);
  }

  private compileFolder(folder: string): Map<string, Template> {
    const path = join(packageRoot, 'templates', folder);
    const files = readdirSync(path).filter((file) => file.endsWith('.hbs'));
    return new Map(
      files.map((file) => {
        const text = readFileSync(join(path, file), 'utf8');
        return [basename(file, '.hbs'), this.handlebars.compile<unknown>(text, compileOptions)];
      }),
    );
  }
}

function render(templates: ReadonlyMap<string, Template>, name: string, model: unknown): string {
  const template = templates.get(name);
  if (!template) throw new TypeError(`there is no template ${name}.hbs`);
  return template(model);
}
