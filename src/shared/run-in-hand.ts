import { WardroundError } from './errors.js';

/** A run of the job continues already: anyone who wanted to start one may follow that one. */
export class RunInHandError extends WardroundError {
  constructor(
    job: string,
    readonly runId: string,
  ) {
    super('conflict', `the job ${job} is already running (run ${runId})`, 'Wait for it to finish');
  }
}
