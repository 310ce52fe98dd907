import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { may, type Principal } from '../access/principal.js';
import { RequestPrincipals } from '../access/request-principals.adapter.js';
import { describeError } from '../shared/errors.js';
import { programVersion } from '../shared/package.adapter.js';
import { withTimeLimit } from '../shared/time-limit.adapter.js';
import { Assets } from './assets.adapter.js';
import { moment, type Here, type Moment } from './humanise.js';
import { pageHeaders } from './page-headers.adapter.js';
import type { PlainModel } from './plain-model.js';
import type { Ward } from '../ward/ward.js';
import { statusStrip, unreadableStrip, type StatusStrip } from './status-strip.js';
import { PageTemplates } from './templates.adapter.js';
import { WardNow } from './ward-now.service.js';

/** Who looks at a page about trouble has no time to wait for a database that does not answer. */
const patienceMs = 2_000;

/** What surrounds every page. */
interface Frame {
  readonly status: StatusStrip;
  readonly at: Moment;
  readonly css: string;
  readonly js: string;
  /** Of the page's files: a page that is older than the program loads itself again. */
  readonly version: string;
  /** Of the program. */
  readonly release: string;
}

/** Makes whole pages: the model in its template, in the frame. */
@Injectable()
export class PageRenderer {
  private readonly logger = new Logger('Board');
  private readonly release = programVersion();

  constructor(
    @Inject(WardNow) private readonly ward: WardNow,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
    @Inject(Assets) private readonly assets: Assets,
    @Inject(RequestPrincipals) private readonly principals: RequestPrincipals,
  ) {}

  page<Model extends object>(name: string, rows: Ward, here: Here, model: Model & PlainModel<Model>): string {
    return this.templates.page<Model, Frame>(name, model, this.frame(statusStrip(rows, here), here));
  }

  /** A page that is there also while the state of the whole cannot be read. */
  async pageAnyhow<Model extends object>(
    principal: Principal,
    name: string,
    here: Here,
    model: Model & PlainModel<Model>,
  ): Promise<string> {
    return this.templates.page<Model, Frame>(name, model, this.frame(await this.stripOrNone(principal, here), here));
  }

  /**
   * The page that a browser gets instead of one that cannot be shown. It is made even where nothing can be read.
   * @param problem the HTTP status, and what failed in words
   * @param request no handler may have been reached: it is asked again who sent it
   * @param reply gets the headers of a page; its status stays as it is
   */
  async errorPage(
    { status, detail }: { readonly status: number; readonly detail: string },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string> {
    pageHeaders(reply);
    const here = this.ward.here();
    const kind = status === 404 ? 'not-found' : status < 500 ? 'refused' : 'failed';
    const model = { status: String(status), detail, kind };
    const strip = await this.stripOrNone(this.principals.of(request), here);
    return this.templates.page('error', model, this.frame(strip, here));
  }

  private async stripOrNone(principal: Principal, here: Here): Promise<StatusStrip> {
    if (!may(principal, 'read-status')) return unreadableStrip(here);
    try {
      return statusStrip(await withTimeLimit(patienceMs, this.ward.rows(principal, here)), here);
    } catch (error) {
      this.logger.error(`the overall status cannot be read: ${describeError(error)}`);
      return unreadableStrip(here);
    }
  }

  private frame(status: StatusStrip, here: Here): Frame {
    return {
      status,
      at: moment(new Date(here.now).toISOString(), here),
      css: this.assets.href('board.css'),
      js: this.assets.href('board.js'),
      version: this.assets.version,
      release: this.release,
    };
  }
}
