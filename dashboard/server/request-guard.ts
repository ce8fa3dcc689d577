import type { IncomingMessage } from 'node:http';

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Tells requests that a foreign web page makes through the user's browser from the user's own. A
 * browser states the page's origin, which must be this server's; and where the server listens on
 * the loopback address only, the name it is called by must be a loopback name, so that a foreign
 * name that resolves here (DNS rebinding) is of no use.
 */
export function createRequestGuard(boundHost: string): (request: IncomingMessage) => boolean {
  const loopbackOnly = loopbackHosts.has(boundHost);
  return ({ headers: { host, origin } }) => {
    if (host === undefined) return false;
    if (loopbackOnly && !loopbackNames.has(host.replace(/:\d+$/, ''))) return false;
    return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
  };
}
