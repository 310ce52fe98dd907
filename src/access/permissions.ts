/**
 * All that someone may be allowed to do, in one table. What is `on: 'servers'` is done to servers, and holds within the
 * scope of anyone who has it. What is `on: 'installation'` touches every server, and therefore counts only for those
 * whose scope is everything.
 */
export const permissions = {
  'read-status': { on: 'servers', allows: 'see servers, jobs, runs, snapshots, check-ups and alarms' },
  'read-events': { on: 'servers', allows: 'read the events of the log' },
  'read-messages': { on: 'servers', allows: 'read messages to recipient groups' },
  'dismiss-messages': { on: 'servers', allows: 'say that an undelivered message needs no more attention' },
  'acknowledge-alarms': { on: 'servers', allows: 'acknowledge alarms' },
  'run-checkups': { on: 'servers', allows: 'run a check-up now' },
  'run-backups': { on: 'servers', allows: 'start a backup job now' },
  'accept-backups': { on: 'servers', allows: 'accept a suspicious run' },
  restore: { on: 'servers', allows: 'restore a snapshot' },
  'state-results': { on: 'servers', allows: 'send results of check-ups' },
  'read-system': { on: 'installation', allows: 'see how Wardround itself is doing' },
  'read-configuration': { on: 'installation', allows: 'see the problems of the configuration file' },
  define: { on: 'installation', allows: 'apply the configuration file' },
  'confirm-clock': { on: 'installation', allows: 'confirm that the clock is right' },
  'administer-event-processing': { on: 'installation', allows: 'retry or discard parked events, and rebuild views' },
} as const satisfies Readonly<Record<string, { readonly on: 'servers' | 'installation'; readonly allows: string }>>;

export type Permission = keyof typeof permissions;

export const allPermissions: ReadonlySet<Permission> = new Set(
  Object.keys(permissions).filter((name): name is Permission => name in permissions),
);

/** What a route needs: a permission, or nothing, as where a probe asks whether the process lives. */
export type Need = Permission | 'nothing';
