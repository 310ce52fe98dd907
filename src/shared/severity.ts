/** How bad an error status is. */
export const severities = ['warning', 'critical'] as const;
export type Severity = (typeof severities)[number];
