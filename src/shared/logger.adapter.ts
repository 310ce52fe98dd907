import { ConsoleLogger, Logger, type LogLevel } from '@nestjs/common';

const levels: LogLevel[] = ['warn', 'error', 'fatal'];

/** What a program says beside its answer goes where the answer does not, so that `--json` prints nothing but JSON. */
class StderrLogger extends ConsoleLogger {
  protected override printMessages(messages: unknown[], context?: string, logLevel?: LogLevel): void {
    super.printMessages(messages, context, logLevel, 'stderr');
  }
}

/** From now on, warnings and errors of all parts go to stderr, and nothing else is said. @returns for NestFactory */
export function logToStderr(): ConsoleLogger {
  const logger = new StderrLogger({ logLevels: levels });
  Logger.overrideLogger(logger);
  return logger;
}
