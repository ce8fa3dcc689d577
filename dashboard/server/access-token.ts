import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * A browser sends a host's cookies to all of its ports: each server needs a name of its own. By the port that the
 * browser calls, which a forwarded server does not know of itself.
 */
function cookieName({ headers: { host = '' } }: IncomingMessage): string {
  return `mlaas_token_${/:(\d+)$/.exec(host)?.[1] ?? 'default'}`;
}

/**
 * What lets a caller in where other machines can reach the server. It comes as `Authorization: Bearer …`,
 * as `?token=…` of the address that the command prints, or as the cookie that such an address is
 * exchanged for, so that the token stays in no history and no script can read it.
 */
export class AccessToken {
  readonly text: string;

  /** @param text a random one by default */
  constructor(text = randomBytes(24).toString('base64url')) {
    this.text = text;
  }

  isIn(request: IncomingMessage): boolean {
    const { authorization = '', cookie = '' } = request.headers;
    const bearer = /^Bearer (.+)$/.exec(authorization)?.[1];
    const stored = new RegExp(`(?:^|;\\s*)${cookieName(request)}=([^;]*)`).exec(cookie)?.[1];
    return [bearer, stored, tokenOfUrl(request.url)].some(
      (given) => given !== undefined && this.#equals(given),
    );
  }

  /** The cookie that a request with the token in its address is answered with. */
  cookieFor(request: IncomingMessage): string | undefined {
    const given = tokenOfUrl(request.url);
    if (given === undefined || !this.#equals(given)) return undefined;
    return `${cookieName(request)}=${this.text}; Path=/; HttpOnly; SameSite=Strict`;
  }

  #equals(given: string): boolean {
    const [a, b] = [Buffer.from(given), Buffer.from(this.text)];
    return a.length === b.length && timingSafeEqual(a, b);
  }
}

function tokenOfUrl(url = ''): string | undefined {
  return new URLSearchParams(url.split('?')[1] ?? '').get('token') ?? undefined;
}
