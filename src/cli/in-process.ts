import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** What `src/main.ts` gives: a Wardround within this process. Loading it takes long, so it is done only when it is needed. */
export interface InProcessWardround {
  readonly app: NestFastifyApplication;
  /** Null when it does not listen. */
  readonly url: string | null;
  close(): Promise<void>;
}

export interface Place {
  /** Absolute. */
  readonly configFile: string;
  /** Absolute. */
  readonly dataFolder: string;
  readonly port: number;
}

export interface OpenOptions extends Place {
  /** True: listens, runs the timetable, delivers. */
  readonly attended: boolean;
  /** False leaves the configuration file alone: what was defined before holds. */
  readonly applyConfiguration: boolean;
}

/** @throws WardroundError `data-folder-in-use`, `address-in-use`, `configuration-invalid` */
export type OpenWardround = (options: OpenOptions) => Promise<InProcessWardround>;
