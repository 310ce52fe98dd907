import { checkupKind } from '../../checkups/checkup.kind.js';
import { Controller, Inject } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { knowledgeNow } from '../../checkups/freshness.js';
import { addressText, type Address } from '../../shared/address.js';
import { takes } from '../../shared/address-filter.js';
import { oneNamed } from '../../shared/named-thing.js';
import { WardroundError } from '../../shared/errors.js';
import { CLOCK, toIso, type Clock } from '../../shared/instant.js';
import { nextDue } from '../../timetable/timetable.adapter.js';
import { checkupId } from '../../checkups/views/checkup-status/checkup-status.fold.js';
import { checkupHistory, checkupStatuses } from '../../checkups/views/checkup-status/checkup-status.queries.js';
import { definitionsOf, type DefinedOf } from '../../definitions/definitions.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import { checkupBody, historicResultBody, historyHref } from './checkups.bodies.js';
import { servePage, serveDefinitions, timeKeySchema } from '../paging.js';
import { Actor, Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';
import { CHECKUPS, type Checkups } from './on-demand.js';

@Controller()
export class CheckupsController {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CHECKUPS) private readonly checkups: Checkups,
  ) {}

  @Serves('listCheckups')
  async list(
    @Asking() principal: Principal,
    @Input() { query }: InputOf<'listCheckups'>,
  ): Promise<AnswerOf<'listCheckups'>> {
    const defined = (await this.defined(principal)).filter((checkup) => takes(query, checkup));
    return serveDefinitions('listCheckups', query, defined, (listed) => this.bodies(principal, listed));
  }

  @Serves('findCheckup')
  async find(
    @Asking() principal: Principal,
    @Input() { params }: InputOf<'findCheckup'>,
  ): Promise<AnswerOf<'findCheckup'>> {
    const checkup = oneNamed(addressText(params), await this.defined(principal), 'check-up');
    const [body] = await this.bodies(principal, [checkup]);
    if (!body) throw unknownCheckup(idOf(checkup));
    return body;
  }

  @Serves('checkupHistory')
  async history(
    @Asking() principal: Principal,
    @Input() { params, query }: InputOf<'checkupHistory'>,
  ): Promise<AnswerOf<'checkupHistory'>> {
    return this.historyOf(principal, await this.idNamed(principal, params.id), query);
  }

  @Serves('checkupHistoryOnServer')
  historyOnServer(
    @Asking() principal: Principal,
    @Input() { params, query }: InputOf<'checkupHistoryOnServer'>,
  ): Promise<AnswerOf<'checkupHistoryOnServer'>> {
    return this.historyOf(principal, idOf(params), query);
  }

  @Serves('runCheckup')
  async run(
    @Asking() principal: Principal,
    @Input() { params }: InputOf<'runCheckup'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'runCheckup'>> {
    return this.runNow(principal, await this.idNamed(principal, params.id), actor);
  }

  @Serves('runCheckupOnServer')
  runOnServer(
    @Asking() principal: Principal,
    @Input() { params }: InputOf<'runCheckupOnServer'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'runCheckupOnServer'>> {
    return this.runNow(principal, idOf(params), actor);
  }

  private async bodies(principal: Principal, listed: readonly DefinedOf<typeof checkupKind>[]) {
    const newest = new Map((await checkupStatuses(principal, this.store.read)).map((row) => [row.id, row]));
    const now = this.clock.now();
    return listed.map((checkup) => {
      const id = idOf(checkup);
      const result = newest.get(id) ?? null;
      return checkupBody(id, checkup, result, knowledgeNow(checkup.definition, result, now, nextDue));
    });
  }

  private async historyOf(principal: Principal, id: string, query: InputOf<'checkupHistory'>['query']) {
    const answer = await servePage(
      'checkupHistory',
      { ...query, id },
      timeKeySchema,
      (page) => checkupHistory(principal, this.store.read, id, page),
      historicResultBody,
    );
    // A check-up that was retired keeps its history.
    if (answer.items.length === 0 && query.cursor === undefined && !(await this.isDefined(principal, id)))
      throw unknownCheckup(id);
    return answer;
  }

  private async runNow(principal: Principal, id: string, actor: string) {
    if (!(await this.isDefined(principal, id))) throw unknownCheckup(id);
    const { status, summary, details, metrics, durationMs } = await this.checkups.runNow(id, actor);
    const time = toIso(this.clock.now());
    return { id, time, status, summary, details, metrics, durationMs, href: historyHref(id) };
  }

  /** The id of the check-up that a text calls; one with dots is an id already, which a retired one has too. */
  private async idNamed(principal: Principal, text: string): Promise<string> {
    return text.includes('.') ? text : idOf(oneNamed(text, await this.defined(principal), 'check-up'));
  }

  private async isDefined(principal: Principal, id: string): Promise<boolean> {
    return (await this.defined(principal)).some((checkup) => idOf(checkup) === id);
  }

  private defined(principal: Principal) {
    return definitionsOf(principal, this.store.read, checkupKind);
  }
}

function idOf({ site, server, name }: Address): string {
  return checkupId({ site, server, checkup: name });
}

function unknownCheckup(id: string): WardroundError {
  return new WardroundError('not-found', `there is no check-up "${id}"`, 'GET /api/v1/checkups lists them');
}
