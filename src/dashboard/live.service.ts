import { Inject, Injectable, type MessageEvent, type OnModuleDestroy } from '@nestjs/common';
import { Observable, Subject, concat, of } from 'rxjs';
import { ConfigurationService } from '../configuration/configuration.service.js';
import { Consumers } from '../system/consumers.service.js';
import { VIEW_CHANGES, type ViewChanges } from '../folding/view-changes.js';
import { Assets } from './assets.adapter.js';
import { agingSections, sectionsOf, type Section } from './sections.js';

/** Changes that come faster than this are told together. */
const thinnedToMs = 250;
/** A page that has heard nothing for two and a half of these takes the connection for lost. */
const heartbeatMs = 10_000;
/** What time alone changes is told every third heartbeat. */
const heartbeatsPerAging = 3;

/** Tells open pages which of their sections have changed. One for all pages: what it costs does not grow with them. */
@Injectable()
export class LiveService implements OnModuleDestroy {
  private readonly told = new Subject<MessageEvent>();
  private readonly pending = new Set<Section>();
  private readonly stopListening: () => void;
  private readonly heartbeat: NodeJS.Timeout;
  private flushing: NodeJS.Timeout | null = null;
  private lastFlush = -Infinity;
  private heartbeats = 0;
  private lastProblems: string;

  constructor(
    @Inject(VIEW_CHANGES) changes: ViewChanges,
    @Inject(ConfigurationService) private readonly configuration: Pick<ConfigurationService, 'problems'>,
    @Inject(Assets) private readonly assets: Assets,
    @Inject(Consumers) consumers: Pick<Consumers, 'listen'>,
  ) {
    this.lastProblems = this.problemsText();
    const stops = [
      changes.listen((views) => this.note(sectionsOf(views))),
      consumers.listen(() => this.note(sectionsOf(['consumers']))),
    ];
    this.stopListening = () => stops.forEach((stop) => stop());
    this.heartbeat = setInterval(() => this.beat(), heartbeatMs);
    this.heartbeat.unref();
  }

  /** First `hello` with the version of the page's files, then `changed` with names of sections, and `heartbeat`. */
  stream(): Observable<MessageEvent> {
    return concat(of({ type: 'hello', data: this.assets.version, retry: 2000 }), this.told);
  }

  /** Ends all connections: otherwise the server would wait for them when it closes. */
  onModuleDestroy(): void {
    this.stopListening();
    clearInterval(this.heartbeat);
    if (this.flushing) clearTimeout(this.flushing);
    this.told.complete();
  }

  private note(sections: readonly Section[]): void {
    for (const section of sections) this.pending.add(section);
    if (this.pending.size === 0 || this.flushing) return;
    const wait = Math.max(0, this.lastFlush + thinnedToMs - performance.now());
    this.flushing = setTimeout(() => this.flush(), wait);
  }

  private flush(): void {
    this.flushing = null;
    this.lastFlush = performance.now();
    this.told.next({ type: 'changed', data: [...this.pending].join(' ') });
    this.pending.clear();
  }

  private beat(): void {
    this.told.next({ type: 'heartbeat', data: '' });
    this.heartbeats++;
    if (this.heartbeats % heartbeatsPerAging === 0) this.note(agingSections);
    const problems = this.problemsText();
    if (problems === this.lastProblems) return;
    this.lastProblems = problems;
    this.note(sectionsOf(['configuration']));
  }

  private problemsText(): string {
    return JSON.stringify(this.configuration.problems());
  }
}
