import { HttpException } from '@nestjs/common';
import { errorCodes as fastifyErrors } from 'fastify';
import { WardroundError, type ErrorCode } from '../../shared/errors.js';

/** What Fastify and Nest say by a status, in our words. */
const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  409: 'conflict',
  413: 'too-large',
  414: 'not-found',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  503: 'log-closed',
};

/** Sorts what Fastify, Nest and anything else throws into our errors. What is not known is `internal`, with its cause. */
export function toWardroundError(error: unknown): WardroundError {
  if (error instanceof WardroundError) return error;
  // Nest hands Fastify's errors over wrapped in its own exception.
  const origin = error instanceof HttpException && error.cause !== undefined ? error.cause : error;
  const known = knownFastifyError(origin);
  if (known) return known;
  const status = statusOf(origin);
  const code = status === null ? undefined : codeOfStatus[status];
  const text = origin instanceof Error ? origin.message : 'the request failed';
  if (code) return new WardroundError(code, text, undefined, { cause: error });
  if (status !== null && status >= 400 && status < 500) {
    return new WardroundError('bad-request', text, undefined, { cause: error });
  }
  return new WardroundError('internal', 'unexpected error', undefined, { cause: error });
}

function knownFastifyError(error: unknown): WardroundError | null {
  const { FST_ERR_CTP_BODY_TOO_LARGE, FST_ERR_CTP_INVALID_JSON_BODY, FST_ERR_BAD_URL } = fastifyErrors;
  const { FST_ERR_CTP_INVALID_CONTENT_LENGTH, FST_ERR_CTP_INVALID_MEDIA_TYPE } = fastifyErrors;
  if (error instanceof FST_ERR_CTP_BODY_TOO_LARGE) {
    return new WardroundError('too-large', 'the body of the request is larger than 1 MiB', 'Send a smaller body');
  }
  if (error instanceof FST_ERR_CTP_INVALID_JSON_BODY) return notJson();
  if (error instanceof FST_ERR_CTP_INVALID_CONTENT_LENGTH) {
    return new WardroundError('bad-request', 'the length of the body does not match Content-Length');
  }
  if (error instanceof FST_ERR_CTP_INVALID_MEDIA_TYPE) {
    return new WardroundError(
      'unsupported-media-type',
      'the Content-Type of the request is not supported',
      'Send `Content-Type: application/json`, also with an empty body',
    );
  }
  if (error instanceof FST_ERR_BAD_URL) {
    return new WardroundError('bad-request', 'the URL of the request has an invalid % escape', 'Write % as %25');
  }
  return null;
}

/** The error of a body that cannot be read. */
export function notJson(): WardroundError {
  return new WardroundError('bad-request', 'the body of the request is not JSON', 'Send an object such as {}');
}

function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error) || !('statusCode' in error)) return null;
  return typeof error.statusCode === 'number' ? error.statusCode : null;
}
