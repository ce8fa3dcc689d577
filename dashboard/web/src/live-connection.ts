import type { Frame } from '../../server/live-view.js';
import { parseFrame } from './parse-frame.js';

const firstRetryMs = 500;
const lastRetryMs = 10_000;

/** `retryAt` is on the scale of `performance.now()`. */
export type ConnectionStatus =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' }
  | { readonly state: 'reconnecting'; readonly retryAt: number };

export interface LiveListener {
  onFrame(frame: Frame): void;
  onStatus(status: ConnectionStatus): void;
}

/**
 * Keeps a websocket to the server open. After a loss it tries again in 0.5 s, then in twice the time
 * up to 10 s, until a snapshot comes. A frame that is unreadable or out of sequence is a loss too:
 * the snapshot of a new connection is the cure.
 * @returns a function that ends it
 */
export function connectLive(url: string, { onFrame, onStatus }: LiveListener): () => void {
  let socket: WebSocket | undefined;
  let timer: number | undefined;
  let retryMs = firstRetryMs;

  function open(): void {
    const opened = new WebSocket(url);
    socket = opened;
    let expected = 0;
    opened.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      // A socket that is being given up may still deliver.
      if (opened.readyState !== WebSocket.OPEN) return;
      const frame = parseFrame(data);
      if (frame === undefined || frame.seq !== expected || (frame.type === 'snapshot') !== (expected === 0)) {
        opened.close();
        return;
      }
      expected++;
      onFrame(frame);
      if (frame.type === 'snapshot') {
        retryMs = firstRetryMs;
        onStatus({ state: 'connected' });
      }
    });
    opened.addEventListener('close', () => {
      onStatus({ state: 'reconnecting', retryAt: performance.now() + retryMs });
      timer = window.setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, lastRetryMs);
    });
  }

  onStatus({ state: 'connecting' });
  open();
  return () => {
    window.clearTimeout(timer);
    // Its close must not be taken for a loss.
    const ended = socket;
    socket = undefined;
    ended?.close();
  };
}
