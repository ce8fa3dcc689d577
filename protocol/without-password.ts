/** The parameters of a PostgreSQL URL that are secret (libpq's names). */
const secretParameters = ['password', 'sslpassword'] as const;

/**
 * A URL as it may be stored and shown: without its password, wherever it stands in it.
 * @param url any absolute URL
 */
export function withoutPassword(url: string): string {
  const parsed = new URL(url);
  const named = secretParameters.filter((name) => parsed.searchParams.has(name));
  if (parsed.password === '' && named.length === 0) return url;
  parsed.password = '';
  for (const name of named) parsed.searchParams.delete(name);
  return parsed.href;
}

/** A setting as it may be stored and shown: where it is a URL, without its password. */
export function shownSetting(value: unknown): unknown {
  return typeof value === 'string' && URL.canParse(value) ? withoutPassword(value) : value;
}
