import type { PluginKind } from '../../plugins/sdk/plugin.js';
import type { Instant } from '../shared/instant.js';

/** Why a process outlives SIGKILL. */
export const whyStuck = 'it is waiting for the operating system, such as for a disk or share that does not respond';

/** A call whose process outlived its end. */
export interface StuckCall {
  readonly kind: PluginKind;
  readonly plugin: string;
  /** As the definition states them. */
  readonly parameters: unknown;
  /** The device that it alone may use; null: none. */
  readonly device?: string | null;
  readonly since: Instant;
}

/**
 * The calls whose processes could not be killed. Each holds memory and a place in the process table for as long as the disk
 * or share does not answer, so the same call is not begun again meanwhile, and a plugin can only have so many of them.
 */
export class StuckCalls {
  private readonly calls = new Set<StuckCall>();

  constructor(private readonly mostOfPlugin: number) {}

  add(call: StuckCall): void {
    this.calls.add(call);
  }

  /** Its process is gone. */
  remove(call: StuckCall): void {
    this.calls.delete(call);
  }

  /** Why a call must not be begun now, as a clause about the plugin; null if it may. */
  refusal(
    kind: PluginKind,
    plugin: string,
    parameters: unknown,
    now: Instant,
    device: string | null = null,
  ): string | null {
    const ofPlugin = [...this.calls].filter((call) => call.kind === kind && call.plugin === plugin);
    const key = JSON.stringify(parameters);
    const isSame = (call: StuckCall): boolean =>
      JSON.stringify(call.parameters) === key || (device !== null && call.device === device);
    const same = ofPlugin.find(isSame);
    const all = this.calls.size === 1 ? '1 process is stuck' : `${this.calls.size} processes are stuck`;
    if (same) {
      return `was not started: its last process has been stuck since ${timeText(same.since, now)} (${whyStuck}); ${all}`;
    }
    if (ofPlugin.length < this.mostOfPlugin) return null;
    return `was not started: ${ofPlugin.length} processes of this plugin are stuck, and no more are started until one exits (each is waiting for the operating system)`;
  }
}

/** As the computer's clock shows it: the time, with the date if that was not today. */
function timeText(instant: Instant, now: Instant): string {
  const at = new Date(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const isToday = at.toDateString() === new Date(now).toDateString();
  return isToday ? time : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
