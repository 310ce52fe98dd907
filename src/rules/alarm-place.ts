import type { AlarmSubject } from './alarm-subject.js';

/**
 * One rule on one subject of a server: it has one alarm at a time. As a text it is a key; no name of ours contains a line
 * feed or a slash.
 */
export type AlarmPlace = string;

export function placeOf(rule: string, { kind, name }: AlarmSubject): AlarmPlace {
  return `${rule}\n${kind}/${name}`;
}

export function ruleAt(place: AlarmPlace): string {
  return place.slice(0, place.indexOf('\n'));
}

export function subjectAt(place: AlarmPlace): AlarmSubject {
  const slash = place.lastIndexOf('/');
  const kind = place.slice(place.indexOf('\n') + 1, slash);
  return { kind: kind === 'job' || kind === 'checkup' ? kind : 'server', name: place.slice(slash + 1) };
}

/** The places where a rule has anything, in the order of the map. */
export function placesOfRule(places: ReadonlyMap<AlarmPlace, unknown>, rule: string): readonly AlarmPlace[] {
  return [...places.keys()].filter((place) => ruleAt(place) === rule);
}

/** Where an alarm is remembered that names the whole server, since it was raised before alarms had subjects. */
export function placeOnServer(rule: string, server: string): AlarmPlace {
  return placeOf(rule, { kind: 'server', name: server });
}
