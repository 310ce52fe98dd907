import { WardroundError } from './errors.js';

/** A run of the job goes on already: whoever wanted to start one may follow that one. */
export class RunInHandError extends WardroundError {
  constructor(
    job: string,
    readonly runId: string,
  ) {
    super('conflict', `the job ${job} is running already (run ${runId})`, 'Wait for its end');
  }
}
