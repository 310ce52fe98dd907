/** No body of a request is longer. */
export const bodyLimitBytes = 1024 * 1024;

/** So many events may come in one request. */
export const mostEventsAtOnce = 1000;
