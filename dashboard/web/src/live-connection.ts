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
 * Keeps a websocket to the server open for as long as the page is. After a loss it tries again in
 * 0.5 s, then in twice the time up to 10 s, until a snapshot comes. A frame that is unreadable or out
 * of sequence is a loss too: the snapshot of a new connection is the cure.
 */
export function connectLive(url: string, { onFrame, onStatus }: LiveListener): void {
  let retryMs = firstRetryMs;

  function open(): void {
    const socket = new WebSocket(url);
    let expected = 0;
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      // A socket that is being given up may still deliver.
      if (socket.readyState !== WebSocket.OPEN) return;
      const frame = parseFrame(data);
      if (frame === undefined || frame.seq !== expected || (frame.type === 'snapshot') !== (expected === 0)) {
        socket.close();
        return;
      }
      expected++;
      onFrame(frame);
      if (frame.type === 'snapshot') {
        retryMs = firstRetryMs;
        onStatus({ state: 'connected' });
      }
    });
    socket.addEventListener('close', () => {
      onStatus({ state: 'reconnecting', retryAt: performance.now() + retryMs });
      setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, lastRetryMs);
    });
  }

  open();
}
