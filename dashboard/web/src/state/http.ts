interface Question {
  readonly method?: 'POST' | 'PUT';
  /** Sent as JSON; without one it is a GET. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the server for something that it answers in JSON.
 * @throws Error with the server's message and what to do
 */
export async function askServer(
  path: string,
  { method = 'POST', body, signal }: Question = {},
): Promise<unknown> {
  const response = await fetch(path, {
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined
      ? {}
      : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    // What browsers say of it, such as "Failed to fetch", tells users nothing.
    throw new Error('the server cannot be reached', { cause });
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  throw new Error(messageOf(answer) ?? `the server answered ${response.status}`);
}

/** What to say of a failure. */
export const troubleText = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

function messageOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('message' in body)) return undefined;
  return [body.message, 'todo' in body ? body.todo : undefined].filter(Boolean).join(' – ');
}
