import type { EventOfType } from '../all.events.js';
import { readAll, type EventLog } from '../event-log/event-log.js';
import type { PluginHost } from '../plugin-host/plugin-host.js';
import { ownTimeZone } from '../shared/own-time-zone.adapter.js';
import { definitionsOf } from '../views/definitions/definitions.queries.adapter.js';
import type { ViewStore } from '../views/view-store.adapter.js';
import { runSubject } from './message-address.js';
import { messageModel } from './message-model.js';
import type { MessageRenderer, RenderedMessage } from './render.adapter.js';
import { runEventTypes, runRecord, type RunRecord } from './run-record.js';

const sendTimeoutMs = 2 * 60_000;

export interface SenderPorts {
  readonly store: ViewStore;
  readonly log: EventLog;
  readonly plugins: PluginHost;
  readonly renderer: MessageRenderer;
}

/** The channel that carries a message. */
export interface Route {
  readonly channel: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What the receipt says beside what the channel says. */
  readonly note: string;
}

export interface SentMessage {
  readonly message: RenderedMessage;
  /** What the channel says of it. */
  readonly receipt: string;
}

/** Makes messages of what was decided, and gives them to their channels. */
export class MessageSender {
  /** @param timeZone whose clock the times in messages mean, unless the group says another; without it, the computer's own */
  constructor(
    private readonly ports: SenderPorts,
    private readonly timeZone: string | undefined,
  ) {}

  /** What a message tells of. Null while the log does not hold the end of one of the runs. */
  async recordsOf(runs: EventOfType<'message.decided'>['data']['runs']): Promise<readonly RunRecord[] | null> {
    const records: RunRecord[] = [];
    for (const run of runs) {
      const events = await readAll(this.ports.log, { subject: runSubject(run), types: runEventTypes });
      const record = runRecord(events);
      if (!record) return null;
      records.push(record);
    }
    return records;
  }

  /** The channel that carries a message: mail goes to the inbox while there is no mail server to give it to. */
  async routeOf({ data: { channel, to } }: EventOfType<'message.decided'>): Promise<Route> {
    if (channel !== 'email') return { channel, parameters: {}, note: '' };
    const [smtp] = (await definitionsOf(this.ports.store.read, 'channel')).filter(({ name }) => name === 'email');
    if (smtp) return { channel, parameters: { ...smtp.definition }, note: '' };
    const note = `; no mail server is configured, so this went to the inbox in place of ${to.join(', ')}`;
    return { channel: 'inbox', parameters: {}, note };
  }

  /**
   * @throws what the templates or the channel's plugin do; whether it helps to try again, the error's cause says
   */
  async send(decided: EventOfType<'message.decided'>, route: Route, runs: readonly RunRecord[]): Promise<SentMessage> {
    const message = await this.render(decided, route, runs);
    return { message, receipt: await this.give(decided, route, message) };
  }

  private async render(
    { data }: EventOfType<'message.decided'>,
    { channel }: Route,
    runs: readonly RunRecord[],
  ): Promise<RenderedMessage> {
    const groups = await definitionsOf(this.ports.store.read, 'recipient-group');
    const ofGroup = groups.find(({ name }) => name === data.group)?.definition.timeZone;
    const timeZone = ofGroup ?? this.timeZone ?? ownTimeZone();
    return this.ports.renderer.render({ ...data, channel }, messageModel({ ...data, timeZone, runs }));
  }

  private async give(
    { data }: EventOfType<'message.decided'>,
    { channel, parameters }: Route,
    message: RenderedMessage,
  ): Promise<string> {
    const { receipt } = await this.ports.plugins.call({
      ...{ kind: 'channel', plugin: channel, operation: 'send', parameters, timeoutMs: sendTimeoutMs },
      input: { message: { id: data.messageId, to: data.to, ...message } },
    });
    return receipt;
  }
}
