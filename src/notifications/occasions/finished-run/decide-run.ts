import type { backupCompleted } from '../../../backups/backups.events.js';
import type { EventOf } from '../../../event-log/event-types.js';
import { decideEach, type Judgement, type Verdict } from '../../decide.js';
import { isNamedBy } from '../../../shared/address.js';
import { takesServer } from '../takes-server.js';
import type { MessageSubscription, RecipientGroupDefinition } from '../../recipient-group.js';

export type RunCompleted = EventOf<typeof backupCompleted>;

export type RunTemplate = 'backup-succeeded' | 'backup-failed' | 'backup-suspicious';
export type RunReason = 'backup-failed' | 'backup-suspicious' | 'always-with-log';

/** Why a subscription gets no message about a run. */
type RunSilence =
  | 'other-servers-only'
  | 'other-jobs-only'
  | 'only-failures-asked-for'
  | 'waits-for-the-digest'
  | 'only-alarms-asked-for'
  | 'no-backups-asked-for';

const templates = {
  succeeded: 'backup-succeeded',
  failed: 'backup-failed',
  suspicious: 'backup-suspicious',
} as const satisfies Readonly<Record<RunCompleted['data']['outcome'], RunTemplate>>;

/** Who gets a message about a finished run, and who does not: one verdict per subscription, in the order of the groups. */
export function decideOnRun(
  groups: readonly RecipientGroupDefinition[],
  event: RunCompleted,
): readonly Verdict<RunTemplate, RunReason, RunSilence>[] {
  return decideEach(
    groups,
    event.id,
    templates[event.data.outcome],
    (subscription): Judgement<RunReason, RunSilence> => {
      const because = whyTold(subscription, event);
      return because === null ? { tell: false, because: whySilent(subscription, event) } : { tell: true, because };
    },
  );
}

/** Whether a subscription wants to hear of a job at all: a bare name means all jobs that have it. */
export function takesJob(subscription: MessageSubscription, { site, server, job }: RunCompleted['data']): boolean {
  if (!takesServer(subscription, { site, server })) return false;
  return subscription.jobs === undefined || isNamedBy(subscription.jobs, { site, server, name: job });
}

function whyTold(subscription: MessageSubscription, { data }: RunCompleted): RunReason | null {
  const { takes } = subscription;
  if ((takes !== 'failures-only' && takes !== 'always-with-log') || !takesJob(subscription, data)) return null;
  if (data.outcome === 'failed') return 'backup-failed';
  if (data.outcome === 'suspicious') return 'backup-suspicious';
  return takes === 'always-with-log' ? 'always-with-log' : null;
}

function whySilent(subscription: MessageSubscription, { data }: RunCompleted): RunSilence {
  if (subscription.takes === 'alarms') return 'only-alarms-asked-for';
  if (!takesServer(subscription, data)) return 'other-servers-only';
  if (!takesJob(subscription, data)) return 'other-jobs-only';
  if (subscription.takes === 'digest') return 'waits-for-the-digest';
  return subscription.takes === 'failures-only' ? 'only-failures-asked-for' : 'no-backups-asked-for';
}
