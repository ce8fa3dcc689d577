import { writeFile } from 'node:fs/promises';

/** Longest silence of a server, in milliseconds, before a download is given up. */
const defaultStallMs = 20_000;

export interface DownloadOptions {
  /** More bytes than this are refused: a wrong page or a broken server. */
  readonly maxBytes: number;
  readonly stallMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Bytes received so far, and the total where the server tells it. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

/**
 * Fetches a file into memory.
 * @throws Error with a one-line reason: connection, HTTP status, too large, or silence for `stallMs`,
 *   or that the signal aborts
 */
export async function download(url: string, options: DownloadOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of receive(url, options)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/**
 * Fetches a file to a path, which it replaces.
 * @throws Error as `download`, or for a path that cannot be written
 */
export async function downloadToFile(url: string, path: string, options: DownloadOptions): Promise<void> {
  await writeFile(path, receive(url, options));
}

async function* receive(url: string, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { maxBytes, stallMs = defaultStallMs, signal, onProgress } = options;
  const controller = new AbortController();
  const stalled = () => controller.abort(new Error(`no data for ${stallMs / 1000} s`));
  let timer = setTimeout(stalled, stallMs);
  const onAbort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`);
    const total = Number(response.headers.get('content-length')) || undefined;
    let done = 0;
    for await (const piece of response.body) {
      clearTimeout(timer);
      timer = setTimeout(stalled, stallMs);
      done += piece.byteLength;
      if (done > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
      onProgress?.(done, total);
      yield piece;
    }
  } catch (cause) {
    throw new Error(reasonOf(cause), { cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    controller.abort();
  }
}

// fetch reports every connection problem as "fetch failed" and hides the reason in its cause.
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.cause instanceof Error) return cause.cause.message || String(cause.cause);
  return cause.message;
}
