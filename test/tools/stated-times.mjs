/**
 * A time that an event states decides no order: that is the log's (docs/decisions/0021-order-is-the-logs.md). These selectors
 * find where a fold, a view or a decider compares such times with each other. Against `now`, they say how old something is,
 * which is another question.
 */
const stated =
  '/^(time|startedAt|completedAt|takenAt|raisedAt|clearedAt|acknowledgedAt|definedAt|decidedAt|deliveredAt|statedAt|observedAt)$/';
const againstNow = ":has(Identifier[name='now'])";

const message =
  'stated times decide no order: go by the order of the events, or by shared/log-time.ts; where neither can be, say why with eslint-disable';

export const statedTimes = [
  'BinaryExpression[operator=/^[<>]=?$/]',
  "CallExpression[callee.object.name='Math'][callee.property.name=/^(min|max)$/]",
  'CallExpression[callee.property.name=/^(localeCompare|sort|toSorted)$/]',
].map((comparison) => ({ selector: `${comparison}:not(${againstNow}) Identifier[name=${stated}]`, message }));

/** What folds and decides. */
export const orderedByTheLog = [
  'src/**/*.fold.ts',
  'src/**/*.view.ts',
  'src/**/*.decider.ts',
  'src/rules/*.ts',
  'src/rules/conditions/**/*.ts',
  'src/clock/*.ts',
  'src/notifications/decide*.ts',
  'src/notifications/occasions/**/*.ts',
];
