import { createHmac, timingSafeEqual } from 'node:crypto';

/** User name of the one client that may publish and subscribe to everything. */
export const aggregatorUser = 'aggregator';

/**
 * The password of a user on the embedded broker: HMAC-SHA256 (RFC 2104) of the user name under the
 * run's secret, 64 hex digits. Whoever holds the secret makes the tokens; the broker keeps no list.
 *
 * @param user an agent id, or `aggregator`
 * @example agentToken(secret, 'c0007') // given to agent 7 as MLAAS_AGENT_TOKEN
 */
export function agentToken(secret: string, user: string): string {
  return createHmac('sha256', secret).update(user).digest('hex');
}

/** Whether `password` is the user's token; takes the same time wherever the two differ. */
export function tokenMatches(secret: string, user: string, password: Uint8Array): boolean {
  const expected = Buffer.from(agentToken(secret, user));
  return password.byteLength === expected.byteLength && timingSafeEqual(password, expected);
}
