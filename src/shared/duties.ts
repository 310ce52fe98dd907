/** The parts that a process can play. */
export const roles = ['standalone', 'hub'] as const;
export type Role = (typeof roles)[number];

/** What a process does itself, besides what all do: fold, judge, tell people, answer. */
export interface Duties {
  /** Starts backup jobs, ends the runs that a kill left, and reaches the places that the jobs name. */
  readonly runsBackups: boolean;
  /** Runs the check-ups that have a plugin; so it takes no results of them from outside. */
  readonly runsCheckups: boolean;
  /** Any number of processes of this role may share one event log and its views. */
  readonly sharesWork: boolean;
}

/** The one place that says what a role does: elsewhere no role is compared with a name. */
const dutiesByRole: Readonly<Record<Role, Duties>> = {
  standalone: { runsBackups: true, runsCheckups: true, sharesWork: false },
  hub: { runsBackups: false, runsCheckups: false, sharesWork: true },
};

export function dutiesOf({ role }: { readonly role: Role }): Duties {
  return dutiesByRole[role];
}
