import { theSystem } from '../access/principal.js';
import { definitionsOf, type DefinedOf } from '../definitions/definitions.queries.js';
import { shortestServerText, titleApart } from '../shared/address.js';
import { serverKind } from '../servers/server.kind.js';
import { readAll, type EventLog } from '../event-log/event-log.js';
import { typesOf, type EventOf } from '../event-log/event-types.js';
import type { PluginHost } from '../plugin-host/plugin-host.js';
import { ownTimeZone } from '../shared/own-time-zone.adapter.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { emailChannel, inboxChannel } from './channel.js';
import { channelKind } from './channel.kind.js';
import { messageModel } from './message-model.js';
import type { MessageData, messageDecided } from './notifications.events.js';
import { allOccasions } from './occasions/all-occasions.js';
import type { RecordSources } from './occasions/occasion.js';
import type { RecipientGroupDefinition } from './recipient-group.js';
import { recipientGroupKind } from './recipient-group.kind.js';
import type { MessageRenderer, RenderedMessage } from './render.adapter.js';

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
  /** The plugin that does it. */
  readonly plugin: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What the receipt says beside what the channel says. */
  readonly note: string;
}

/** What a message tells of, as its occasion has read it. */
export interface Records {
  readonly records: unknown;
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
    private readonly occasions = allOccasions,
  ) {}

  /** What a message tells of. Null while the log does not hold all of it. */
  async recordsOf(data: MessageData): Promise<Records | null> {
    const records = await this.occasions.ofMessage(data).recordsOf(data, this.sources());
    return records === null ? null : { records };
  }

  private sources(): RecordSources {
    const { log, store } = this.ports;
    return {
      events: (subject, types) => readAll(log, { subject, types: typesOf(types) }),
      async titleOf(kind, { site, server, name }) {
        const defined = await definitionsOf(theSystem, store.read, kind);
        const one = defined.find((each) => each.site === site && each.server === server && each.name === name);
        return one?.definition.title ?? name;
      },
      async serverTitleOf(address) {
        const defined = await definitionsOf(theSystem, store.read, serverKind);
        const titleOf = ({ definition, server }: DefinedOf<typeof serverKind>) => definition.title ?? server;
        const one = defined.find(({ site, server }) => site === address.site && server === address.server);
        return titleApart(address, defined, titleOf, one ? titleOf(one) : address.server);
      },
      serverTextOf: async (address) =>
        shortestServerText(address, await definitionsOf(theSystem, store.read, serverKind)),
    };
  }

  /** The group of a message as it is defined now; null if it is not any more. */
  async groupOf({ data }: Pick<EventOf<typeof messageDecided>, 'data'>): Promise<RecipientGroupDefinition | null> {
    const groups = await definitionsOf(theSystem, this.ports.store.read, recipientGroupKind);
    return groups.find(({ name }) => name === data.group)?.definition ?? null;
  }

  /**
   * The channel that carries a message, by its settings; one without any is the plugin of its name. Mail goes to the inbox
   * while there is no mail server to give it to.
   */
  async routeOf({ data: { channel, to } }: EventOf<typeof messageDecided>): Promise<Route> {
    const defined = await definitionsOf(theSystem, this.ports.store.read, channelKind);
    const definition = defined.find(({ name }) => name === channel)?.definition;
    if (definition) return { channel, ...definition, note: '' };
    if (channel !== emailChannel) return { channel, plugin: channel, parameters: {}, note: '' };
    const note = `; no mail server is configured, so this went to the inbox instead of ${to.join(', ')}`;
    return { channel: inboxChannel, plugin: inboxChannel, parameters: {}, note };
  }

  /**
   * @throws what the templates or the channel's plugin do; whether it helps to try again, the error's cause says
   */
  async send(decided: EventOf<typeof messageDecided>, route: Route, records: Records): Promise<SentMessage> {
    const message = await this.render(decided, route, records);
    return { message, receipt: await this.give(decided, route, message) };
  }

  private async render(
    { data }: EventOf<typeof messageDecided>,
    { plugin }: Route,
    { records }: Records,
  ): Promise<RenderedMessage> {
    const ofGroup = (await this.groupOf({ data }))?.timeZone;
    const timeZone = ofGroup ?? this.timeZone ?? ownTimeZone();
    const model = messageModel({ ...data, timeZone, records }, this.occasions);
    return this.ports.renderer.render({ ...data, channel: plugin }, model);
  }

  private async give(
    { data }: EventOf<typeof messageDecided>,
    { plugin, parameters }: Route,
    message: RenderedMessage,
  ): Promise<string> {
    const { receipt } = await this.ports.plugins.call({
      ...{ kind: 'channel', plugin, operation: 'send', parameters, timeoutMs: sendTimeoutMs },
      input: { message: { id: data.messageId, to: data.to, about: data.about, ...message } },
    });
    return receipt;
  }
}
