import type { FastifyReply } from 'fastify';

/** A page loads its own style, script and icons, speaks to its own server, and nothing else; nothing frames it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "media-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

/** Sets the headers of a page, a part of one, or one of its files. */
export function pageHeaders(reply: FastifyReply, cacheControl = 'no-store'): FastifyReply {
  return reply.headers({ ...headers, 'cache-control': cacheControl });
}

export function sendHtml(reply: FastifyReply, html: string): void {
  void pageHeaders(reply).header('content-type', 'text/html; charset=utf-8').send(html);
}
