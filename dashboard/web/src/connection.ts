import type { Frame } from '../../server/live-view.js';

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting';

const firstRetryMs = 500;
const lastRetryMs = 10_000;

/** Keeps a websocket to the server; after a break it tries again, ever more slowly. */
export function connect(onFrame: (frame: Frame) => void, onState: (state: ConnectionState) => void): void {
  let retryMs = firstRetryMs;
  const open = (): void => {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/ws`);
    socket.addEventListener('message', ({ data }) => {
      retryMs = firstRetryMs;
      onState('connected');
      onFrame(JSON.parse(String(data)));
    });
    socket.addEventListener('close', () => {
      onState('reconnecting');
      setTimeout(open, retryMs);
      retryMs = Math.min(lastRetryMs, retryMs * 2);
    });
  };
  onState('connecting');
  open();
}
