import { absenceCondition } from './absence.js';
import { metricCondition } from './metric.js';
import { protocolLineCondition } from './protocol-line.js';

/** All kinds of conditions, and the only list of them. An event is shown to them in this order, as the file's schema names them. */
export const conditions = [metricCondition, protocolLineCondition, absenceCondition] as const;
