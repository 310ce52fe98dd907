/** Where trouble is told of: Nest's `Logger` is one. */
export interface TroubleLog {
  error(text: string): void;
  log(text: string): void;
}

/** The trouble of what is tried again and again: told when it begins, when it becomes another, and when it is over. */
export class LastingTrouble {
  private told: string | null = null;

  constructor(private readonly logger: TroubleLog) {}

  /** @param kind trouble of one kind is told once, however it is put: a database that is away says so in several ways */
  met(text: string, kind = text): void {
    if (kind === this.told) return;
    this.told = kind;
    this.logger.error(text);
  }

  /** To be said each time that all went well. */
  over(text: string): void {
    if (this.told === null) return;
    this.told = null;
    this.logger.log(text);
  }
}
