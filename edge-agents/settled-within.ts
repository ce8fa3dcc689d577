/**
 * Waits for a promise, but only so long, and leaves no timer behind.
 * @returns whether it was fulfilled in time; rejects as it does
 */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms).unref();
  });
  try {
    return await Promise.race([promise.then(() => true), patience]);
  } finally {
    clearTimeout(timer);
  }
}
