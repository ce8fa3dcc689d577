/** Return codes of CONNACK by which a broker says that trying again will not help (MQTT 3.1.1, 3.2.2.3). */
const refusals: ReadonlySet<unknown> = new Set([
  2, // client identifier rejected
  4, // bad user name or password
  5, // not authorised
]);

/** Whether a connection failed because the broker does not want this client. */
export function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && refusals.has(cause.code);
}
