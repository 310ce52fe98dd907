import { ConsoleLogger, Logger, type LogLevel } from '@nestjs/common';

const levels: LogLevel[] = ['warn', 'error', 'fatal'];

/** What a program says beside its answer goes where the answer does not, so that `--json` prints nothing but JSON. */
class StderrLogger extends ConsoleLogger {
  protected override printMessages(messages: unknown[], context?: string, logLevel?: LogLevel): void {
    super.printMessages(messages, context, logLevel, 'stderr');
  }
}

/**
 * From now on, warnings and errors of all parts go to stderr, and nothing else is said.
 * @param wantsColour false for `--no-color`; colours are for terminals only, and not where NO_COLOR is set
 * @returns for NestFactory
 */
export function logToStderr(wantsColour = true): ConsoleLogger {
  // Where there is no terminal, Node leaves `isTTY` out, and Nest takes what is undefined for a yes.
  const colors = wantsColour && Boolean(process.stderr.isTTY) && !process.env['NO_COLOR'];
  const logger = new StderrLogger({ logLevels: levels, colors });
  Logger.overrideLogger(logger);
  return logger;
}
