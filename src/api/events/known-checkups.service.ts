import { sees, seesEverything, theSystem, type Principal } from '../../access/principal.js';
import { checkupKind } from '../../checkups/checkup.kind.js';
import { serverKind } from '../../servers/server.kind.js';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { dutiesOf } from '../../shared/duties.js';
import { WardroundError } from '../../shared/errors.js';
import { SETTINGS, type Settings } from '../../shared/settings.js';
import { definitionsOf } from '../../definitions/definitions.queries.js';
import { VIEW_CHANGES, type ViewChanges } from '../../folding/view-changes.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import type { Fault } from '../problems.js';
import { refusalOfResult, type DefinedCheckups, type StatedAbout } from './who-may-state.js';

/** Where several processes fold, what another one has just folded is looked for again, but not more often than this. */
const lookAgainMs = 250;

/**
 * What is defined, as far as it decides whose results are taken. It is read once, and again when the view of the definitions has
 * changed: an event costs no query.
 */
@Injectable()
export class KnownCheckups implements OnModuleDestroy {
  private known: Promise<DefinedCheckups> | null = null;
  private readAt = -Infinity;
  private readonly stopListening: () => void;

  constructor(
    @Inject(ViewStore) private readonly store: Pick<ViewStore, 'read' | 'shared'>,
    @Inject(VIEW_CHANGES) changes: ViewChanges,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'role'>,
  ) {
    this.stopListening = changes.listen((views) => {
      if (views.has('definitions')) this.known = null;
    });
  }

  /**
   * Why results of these check-ups are not taken from the principal: null for each that is. A server that they do not see is for
   * them like one that is not defined.
   * @throws WardroundError `not-ready` while nothing at all is defined yet
   */
  async refusals(principal: Principal, stated: readonly StatedAbout[]): Promise<readonly (Fault | null)[]> {
    const judge = (defined: DefinedCheckups): readonly (Fault | null)[] => {
      const seen = seenBy(principal, defined);
      return stated.map((about) => refusalOfResult(about, seen, dutiesOf(this.settings)));
    };
    const refusals = judge(await this.defined());
    if (!this.store.shared || refusals.every((refusal) => refusal === null)) return refusals;
    const wait = this.readAt + lookAgainMs - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    // Another request has read it in the meantime.
    if (performance.now() - this.readAt >= lookAgainMs) this.known = null;
    return judge(await this.defined());
  }

  onModuleDestroy(): void {
    this.stopListening();
  }

  private async defined(): Promise<DefinedCheckups> {
    this.known ??= this.read();
    const defined = await this.known;
    if (defined.size > 0) return defined;
    this.known = null;
    throw new WardroundError(
      'not-ready',
      'no server is defined here yet',
      'Define one in the configuration, and apply it',
    );
  }

  private async read(): Promise<DefinedCheckups> {
    this.readAt = performance.now();
    const reading = Promise.all([
      definitionsOf(theSystem, this.store.read, serverKind),
      definitionsOf(theSystem, this.store.read, checkupKind),
    ]);
    reading.catch(() => (this.known = null)); // the next one tries again
    const [servers, checkups] = await reading;
    const defined = new Map(servers.map(({ site, server }) => [`${site}/${server}`, new Map<string, string | null>()]));
    for (const { site, server, name, definition } of checkups)
      defined.get(`${site}/${server}`)?.set(name, definition.plugin ?? null);
    return defined;
  }
}

function seenBy(principal: Principal, defined: DefinedCheckups): DefinedCheckups {
  if (seesEverything(principal)) return defined;
  const seen = [...defined].filter(([address]) => {
    const [site = '', server = ''] = address.split('/');
    return sees(principal, { site, server });
  });
  return new Map(seen);
}
