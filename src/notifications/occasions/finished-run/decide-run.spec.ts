import { describe, expect, it } from '@jest/globals';
import { finishedRun } from '../../../../test/fixtures/finished-run.js';
import { decideOnRun, type RunCompleted } from './decide-run.js';
import { recipientGroupDefinitionSchema, type RecipientGroupDefinition } from '../../recipient-group.js';
import { runRecord } from './run-record.js';

const error = { code: 'no-space', text: 'no space left' } as const;

function completed(outcome: 'failed' | 'succeeded' | 'suspicious', job = 'records'): RunCompleted {
  const run = finishedRun({ runId: 'r1', startedAt: 0, job, ...(outcome === 'failed' ? { error } : {}) });
  const record = runRecord(run.map((event) => ({ ...event, recordedtime: event.time })));
  if (!record) throw new Error('the run has no end');
  const { data } = record.completed;
  return { ...record.completed, id: 'completed-1', data: { ...data, outcome } };
}

function group(...subscriptions: readonly unknown[]): RecipientGroupDefinition {
  return recipientGroupDefinitionSchema.parse({ name: 'it', subscriptions });
}

const mail = { channel: 'email', to: ['it@clinic.example'] };

describe('who is told of a finished run', () => {
  it.each([
    //  takes              outcome      told   because
    ['failures-only', 'failed', true, 'backup-failed', 'backup-failed'],
    ['failures-only', 'succeeded', false, 'only-failures-asked-for', null],
    ['failures-only', 'suspicious', true, 'backup-suspicious', 'backup-suspicious'],
    ['always-with-log', 'suspicious', true, 'backup-suspicious', 'backup-suspicious'],
    ['always-with-log', 'failed', true, 'backup-failed', 'backup-failed'],
    ['always-with-log', 'succeeded', true, 'always-with-log', 'backup-succeeded'],
  ] as const)('%s, and the run %s: told is %s, because %s', (takes, outcome, tell, because, template) => {
    const [verdict, ...more] = decideOnRun([group({ takes, ...mail })], completed(outcome));
    expect(more).toEqual([]);
    expect(verdict).toMatchObject({ tell, because, ...(template === null ? {} : { template }) });
  });

  it('a digest waits for its time', () => {
    const verdicts = decideOnRun([group({ takes: 'digest', at: '0 7 * * *', ...mail })], completed('failed'));
    expect(verdicts).toMatchObject([{ tell: false, because: 'waits-for-the-digest' }]);
  });

  it('a subscription to other jobs is not told, and to this job is', () => {
    const verdicts = decideOnRun(
      [
        group({ takes: 'failures-only', jobs: ['images'], ...mail }),
        { ...group({ takes: 'failures-only', jobs: ['images', 'records'], ...mail }), name: 'head' },
      ],
      completed('failed'),
    );
    expect(verdicts).toMatchObject([
      { group: 'it', tell: false, because: 'other-jobs-only' },
      { group: 'head', tell: true, because: 'backup-failed' },
    ]);
  });

  it('a group hears of one run once per channel and set of addresses', () => {
    const both = ['it@clinic.example', 'head@clinic.example'];
    const verdicts = decideOnRun(
      [
        group(
          { takes: 'failures-only', channel: 'email', to: both },
          { takes: 'always-with-log', channel: 'email', to: [...both].reverse() },
          { takes: 'always-with-log', channel: 'email', to: ['it@clinic.example'] },
          { takes: 'always-with-log' },
        ),
      ],
      completed('failed'),
    );
    expect(verdicts.map(({ because }) => because)).toEqual([
      'backup-failed',
      'same-addresses-told-already',
      'backup-failed',
      'backup-failed',
    ]);
    const ids = verdicts.flatMap((verdict) => (verdict.tell ? [verdict.messageId] : []));
    expect(new Set(ids).size).toBe(3);
  });

  it('decides the same messages, under the same ids, every time', () => {
    const groups = [group({ takes: 'always-with-log', ...mail }, { takes: 'failures-only' })];
    expect(decideOnRun(groups, completed('failed'))).toEqual(decideOnRun(groups, completed('failed')));
  });
});

describe('a subscription to some jobs', () => {
  const told = (filter: object, data: object) => {
    const event = completed('failed', 'nightly');
    const [verdict] = decideOnRun([group({ takes: 'failures-only', ...filter })], {
      ...event,
      data: { ...event.data, ...data },
    });
    return verdict?.because;
  };
  const north = { site: 'north', server: 'reception' };

  it.each([
    [{ jobs: ['nightly'] }, 'backup-failed', 'backup-failed'],
    [{ jobs: ['reception/nightly'] }, 'backup-failed', 'backup-failed'],
    [{ jobs: ['north/reception/nightly'] }, 'other-jobs-only', 'backup-failed'],
    [{ sites: ['north'] }, 'other-servers-only', 'backup-failed'],
    [{ servers: ['reception'] }, 'backup-failed', 'backup-failed'],
    [{ servers: ['main/reception'] }, 'backup-failed', 'other-servers-only'],
    [{ sites: ['north'], jobs: ['records'] }, 'other-servers-only', 'other-jobs-only'],
  ])('%j hears of main: %s, of north: %s', (filter, ofMain, ofNorth) => {
    expect(told(filter, { site: 'main', server: 'reception' })).toBe(ofMain);
    expect(told(filter, north)).toBe(ofNorth);
  });
});

describe('a recipient group', () => {
  it.each([
    ['a line feed in an address', { takes: 'failures-only', channel: 'fax', to: ['030\n1'] }],
    ['two mail addresses in one entry', { takes: 'failures-only', channel: 'email', to: ['a@b.example, c@d.example'] }],
    ['no mail address', { takes: 'failures-only', channel: 'email' }],
    ['a digest without a time', { takes: 'digest' }],
    ['a time without a digest', { takes: 'failures-only', at: '0 7 * * *' }],
  ])('with %s is refused', (_, subscription) => {
    const parsed = recipientGroupDefinitionSchema.safeParse({ name: 'it', subscriptions: [subscription] });
    expect(parsed.success).toBe(false);
  });
});
