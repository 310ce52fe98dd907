import { z } from 'zod';
import { defineEvent, EventTypes } from '../../src/event-log/event-types.js';
import { decision, fact } from '../../src/event-log/statement.js';
import type { NewEvent } from '../../src/event-log/envelope.js';

/** A type of event in two versions: version 1 gave the free room in per cent, version 2 gives it as a share. */
export const measuredV1 = defineEvent('disk.measured', 1, z.object({ number: z.number().int(), percent: z.number() }));
export const measured = defineEvent(
  'disk.measured',
  2,
  z.object({ number: z.number().int(), share: z.number().min(0).max(1) }),
  {
    1: (old) => {
      const { number, percent } = measuredV1.data.parse(old);
      return { number, share: percent / 100 };
    },
  },
);
export const noted = defineEvent('note.written', 1, z.object({ number: z.number().int(), text: z.string() }));

export const clinicTypes = new EventTypes([measured, noted]);
/** What an older program knew. */
export const olderClinicTypes = new EventTypes([measuredV1, noted]);

export const someTime = Date.UTC(2026, 10, 22, 2, 0, 0);

export function serverOf(name: string): { source: string; subject: string; partitionkey: string } {
  const server = `/sites/north-street/servers/${name}`;
  return { source: server, subject: `${server}/disk`, partitionkey: server };
}

export function measurement(server: string, number: number, now: number = someTime + number * 1000): NewEvent {
  return fact(measured, { ...serverOf(server), now, data: { number, share: 0.5 } });
}

export function note(server: string, number: number, text = 'The tape was changed'): NewEvent {
  return fact(noted, { ...serverOf(server), now: someTime + number * 1000, actor: 'board', data: { number, text } });
}

/** An event that rules or notifications decide: its id follows from its cause. */
export function decided(cause: string, number: number): NewEvent {
  return decision(noted, [cause], {
    source: '/wardround/rules',
    subject: '/sites/north-street/servers/reception/alarms/1',
    partitionkey: '/sites/north-street/servers/reception',
    causationid: cause,
    now: someTime + number * 1000,
    data: { number, text: 'raised' },
  });
}
