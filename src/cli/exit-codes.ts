/** What the command tells the program that called it. */
export const exitCodes = {
  good: 0,
  /** What was asked for failed, or is not well. */
  failed: 1,
  /** The command line itself was wrong; nothing was done. */
  wrongUsage: 2,
  /** Stopped by Ctrl-C, as shells count it: 128 and the signal's number. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
