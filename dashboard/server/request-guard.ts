import type { IncomingMessage } from 'node:http';
import type { AccessToken } from './access-token.js';
import type { RefusalCause } from './refusals.js';

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/** Whether only this machine can reach a server that is bound to the address. */
export const isLoopback = (host: string): boolean => loopbackHosts.has(host);

/**
 * Tells requests that a foreign web page makes through the user's browser from the user's own. A
 * browser states the page's origin, which must be this server's; and where the server listens on
 * the loopback address only, the name it is called by must be a loopback name, so that a foreign
 * name that resolves here (DNS rebinding) is of no use. Where there is a token, it must be right.
 *
 * @returns why a request is refused, undefined when it is not
 */
export function createRequestGuard(
  boundHost: string,
  token: AccessToken | undefined,
): (request: IncomingMessage) => RefusalCause | undefined {
  const loopbackOnly = isLoopback(boundHost);
  return (request) => {
    const { host, origin } = request.headers;
    if (host === undefined) return 'foreign';
    if (loopbackOnly && !loopbackNames.has(host.replace(/:\d+$/, ''))) return 'foreign';
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return 'foreign';
    return token === undefined || token.isIn(request) ? undefined : 'unauthenticated';
  };
}
