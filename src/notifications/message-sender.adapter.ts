import { backupJobKind } from '../backups/backup-job.kind.js';
import { checkupKind } from '../checkups/checkup.kind.js';
import type { DefinedKind } from '../definitions/kind.js';
import { serverKind } from '../servers/server.kind.js';
import { emailChannel, inboxChannel } from './channel.js';
import { channelKind } from './channel.kind.js';
import { recipientGroupKind } from './recipient-group.kind.js';
import { typesOf, type EventOf } from '../event-log/event-types.js';
import type { messageDecided } from './notifications.events.js';
import type { alarmRaised } from '../rules/rules.events.js';
import { readAll, type EventLog } from '../event-log/event-log.js';
import type { PluginHost } from '../plugin-host/plugin-host.js';
import { ownTimeZone } from '../shared/own-time-zone.adapter.js';
import { definitionsOf } from '../definitions/definitions.queries.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { alarmEventTypes, alarmRecord, type AlarmRecord } from './alarm-record.js';
import { alarmSubject, runSubject } from './message-address.js';
import { messageModel, type MessageRecords } from './message-model.js';
import type { RecipientGroupDefinition } from './recipient-group.js';
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
  /** The plugin that does it. */
  readonly plugin: string;
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

  /** What a message tells of. Null while the log does not hold all of it. */
  async recordsOf({ about, template }: EventOf<typeof messageDecided>['data']): Promise<MessageRecords | null> {
    const runs: RunRecord[] = [];
    const alarms: AlarmRecord[] = [];
    for (const one of about) {
      if (one.kind === 'run') {
        const record = runRecord(
          await readAll(this.ports.log, { subject: runSubject(one), types: typesOf(runEventTypes) }),
        );
        if (!record) return null;
        runs.push(record);
      } else {
        const record = alarmRecord(
          await readAll(this.ports.log, { subject: alarmSubject(one), types: typesOf(alarmEventTypes) }),
        );
        if (!record || (template === 'alarm-cleared' && !record.cleared)) return null;
        alarms.push({ ...record, ...(await this.titlesOf(record.raised)) });
      }
    }
    return { runs, alarms };
  }

  /** What people call the server and the job or check-up of an alarm; their names where they have no title. */
  private async titlesOf({ data: { site, server, subject } }: EventOf<typeof alarmRaised>) {
    const { read } = this.ports.store;
    const titleOf = async (kind: DefinedKind<{ readonly title?: string | undefined }>, name: string) => {
      const defined = await definitionsOf(read, kind);
      const one = defined.find((each) => each.site === site && each.server === server && each.name === name);
      return one?.definition.title ?? name;
    };
    const kinds = { job: backupJobKind, checkup: checkupKind } as const;
    return {
      serverTitle: await titleOf(serverKind, server),
      subjectTitle: subject.kind === 'server' ? '' : await titleOf(kinds[subject.kind], subject.name),
    };
  }

  /** The group of a message as it is defined now; null if it is not any more. */
  async groupOf({ data }: Pick<EventOf<typeof messageDecided>, 'data'>): Promise<RecipientGroupDefinition | null> {
    const groups = await definitionsOf(this.ports.store.read, recipientGroupKind);
    return groups.find(({ name }) => name === data.group)?.definition ?? null;
  }

  /**
   * The channel that carries a message, by its settings; one without any is the plugin of its name. Mail goes to the inbox
   * while there is no mail server to give it to.
   */
  async routeOf({ data: { channel, to } }: EventOf<typeof messageDecided>): Promise<Route> {
    const defined = await definitionsOf(this.ports.store.read, channelKind);
    const definition = defined.find(({ name }) => name === channel)?.definition;
    if (definition) return { channel, ...definition, note: '' };
    if (channel !== emailChannel) return { channel, plugin: channel, parameters: {}, note: '' };
    const note = `; no mail server is configured, so this went to the inbox in place of ${to.join(', ')}`;
    return { channel: inboxChannel, plugin: inboxChannel, parameters: {}, note };
  }

  /**
   * @throws what the templates or the channel's plugin do; whether it helps to try again, the error's cause says
   */
  async send(decided: EventOf<typeof messageDecided>, route: Route, records: MessageRecords): Promise<SentMessage> {
    const message = await this.render(decided, route, records);
    return { message, receipt: await this.give(decided, route, message) };
  }

  private async render(
    { data }: EventOf<typeof messageDecided>,
    { plugin }: Route,
    records: MessageRecords,
  ): Promise<RenderedMessage> {
    const ofGroup = (await this.groupOf({ data }))?.timeZone;
    const timeZone = ofGroup ?? this.timeZone ?? ownTimeZone();
    return this.ports.renderer.render({ ...data, channel: plugin }, messageModel({ ...data, timeZone, records }));
  }

  private async give(
    { data }: EventOf<typeof messageDecided>,
    { plugin, parameters }: Route,
    message: RenderedMessage,
  ): Promise<string> {
    const { receipt } = await this.ports.plugins.call({
      ...{ kind: 'channel', plugin, operation: 'send', parameters, timeoutMs: sendTimeoutMs },
      input: { message: { id: data.messageId, to: data.to, ...message } },
    });
    return receipt;
  }
}
