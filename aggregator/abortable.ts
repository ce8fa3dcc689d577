/**
 * Waits for work that may never end, such as a publication without a broker, until it does or the signal
 * aborts; the work itself goes on. Resolves in both cases: the caller looks at the signal.
 */
export async function abortable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let onAbort = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
    signal.addEventListener('abort', onAbort);
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
