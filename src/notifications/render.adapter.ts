import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { TemplateDelegate } from 'handlebars';
import { packageRoot } from '../shared/package.adapter.js';
import type { MessageModel } from './message-model.js';
import { allOccasions } from './occasions/all-occasions.js';
import { cutText, subjectLine } from './plain-text.js';
import { locales, type Locale } from './recipient-group.js';
import { words } from './message-words.js';

export interface RenderedMessage {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Beyond the budget of the protocol this is only met by a great many runs in one digest. */
const longestText = 8_000_000;
const longestHtml = 16_000_000;

type Format = 'text' | 'html';
type Templates = Readonly<Record<'subject' | Format, TemplateDelegate>>;

/**
 * Renders messages from `templates/messages/<locale>/<channel>/<template>.{subject,text,html}.hbs`. Partials are in the
 * `text/` and `html/` folders beside them, and in `shared/` for all locales. A channel without templates of its own,
 * such as the inbox, uses those of `email`. Templates are read and compiled once.
 */
export class MessageRenderer {
  private readonly compiled = new Map<string, Promise<Templates>>();

  constructor(
    private readonly folder = join(packageRoot, 'templates', 'messages'),
    private readonly occasions = allOccasions,
  ) {}

  /** @param channel that is going to carry it */
  async render(
    message: { readonly locale: Locale; readonly template: string; readonly channel: string },
    model: MessageModel,
  ): Promise<RenderedMessage> {
    const { subject, text, html } = await this.templates(message.locale, message.channel, message.template);
    const note = words[message.locale].cut;
    const page = html(model);
    return {
      subject: subjectLine(subject(model).trim()),
      text: cutText(`${text(model).trim()}\n`, longestText, note),
      // Half a page is none: the text part then is alone.
      html: page.length > longestHtml ? `<p>${note}</p>` : page,
    };
  }

  /** Compiles all templates, so that a broken one is met at once. */
  async check(): Promise<void> {
    for (const locale of locales) {
      for (const template of this.occasions.templates) await this.templates(locale, 'email', template);
    }
  }

  private templates(locale: Locale, channel: string, template: string): Promise<Templates> {
    const key = `${locale}/${channel}/${template}`;
    const known = this.compiled.get(key);
    if (known) return known;
    const loading = this.load(locale, channel, template);
    this.compiled.set(key, loading);
    // A file that could not be read now may be readable at the next attempt.
    loading.catch(() => this.compiled.delete(key));
    return loading;
  }

  private async load(locale: Locale, channel: string, template: string): Promise<Templates> {
    const own = join(this.folder, locale, channel);
    const folder = (await filesIn(own)).includes(`${template}.text.hbs`) ? own : join(this.folder, locale, 'email');
    const text = await this.environment(folder, 'text');
    const html = await this.environment(folder, 'html');
    const source = (part: 'subject' | Format) => readFile(join(folder, `${template}.${part}.hbs`), 'utf8');
    return {
      subject: text(await source('subject')),
      text: text(await source('text')),
      html: html(await source('html')),
    };
  }

  /** A compiler with the partials of one format. Only values that are the model's own are ever shown. */
  private async environment(folder: string, format: Format): Promise<(source: string) => TemplateDelegate> {
    const { default: handlebars } = await import('handlebars');
    const environment = handlebars.create();
    environment.registerHelper('pad', (text: string, width: number) => text.padEnd(width - 1) + ' ');
    const options = {
      strict: true,
      noEscape: format === 'text',
      knownHelpers: { pad: true },
      knownHelpersOnly: true,
      preventIndent: true,
    };
    for (const partials of [join(this.folder, 'shared', format), join(folder, format)]) {
      for (const file of await filesIn(partials)) {
        const source = await readFile(join(partials, file), 'utf8');
        environment.registerPartial(`${format}/${basename(file, '.hbs')}`, environment.compile(source, options));
      }
    }
    return (source) => environment.compile(source, options);
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  return existsSync(folder) ? (await readdir(folder)).filter((file) => file.endsWith('.hbs')) : [];
}
