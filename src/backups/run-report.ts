import type { ErrorCode } from '../shared/errors.js';
import type { CopyReport } from './backups.events.js';

export interface RunError {
  readonly code: ErrorCode;
  readonly text: string;
}

/** What has become of each destination of a run, kept while it continues. */
export class CopyReports {
  private readonly reports: Map<string, CopyReport>;

  constructor(destinations: readonly string[]) {
    this.reports = new Map(
      destinations.map((destination) => [
        destination,
        { destination, outcome: 'not-reached', place: null, error: null },
      ]),
    );
  }

  succeeded(destination: string, place: string): void {
    this.reports.set(destination, { destination, outcome: 'succeeded', place, error: null });
  }

  failed(destination: string, error: RunError): void {
    this.reports.set(destination, { destination, outcome: 'failed', place: null, error });
  }

  hasFailed(destination: string): boolean {
    return this.reports.get(destination)?.outcome === 'failed';
  }

  all(): CopyReport[] {
    return [...this.reports.values()];
  }

  /** A run has succeeded when every copy has: one that failed must be heard of, however good the others are. */
  firstError(): RunError | null {
    const copies = this.all();
    const failed = copies.find(({ outcome }) => outcome === 'failed');
    if (failed?.error) return { code: failed.error.code, text: `${failed.destination}: ${failed.error.text}` };
    const missing = copies.find(({ outcome }) => outcome === 'not-reached');
    return missing ? { code: 'internal', text: `${missing.destination}: nothing was copied` } : null;
  }
}
