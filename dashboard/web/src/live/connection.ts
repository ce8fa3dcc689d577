import { decodeColumns } from '../../../server/frames/columns.js';
import type { PageMessage } from '../../../server/frames/live-view.js';
import { createStore } from '../state/store.js';
import { applyFrame, emptyModel, type LiveModel } from './model.js';

const firstRetryMs = 500;
const lastRetryMs = 10_000;
/** A hidden page draws nothing, but keeps up. */
const hiddenIntervalMs = 250;

/** `retryAt` is on the scale of `performance.now()`. */
export type ConnectionStatus =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' }
  | {
      readonly state: 'reconnecting';
      readonly retryAt: number;
      /** Whether the server is there and wants another token than the page has. */
      readonly isRefused: boolean;
    };

export const live = createStore<LiveModel>(emptyModel);
export const connection = createStore<ConnectionStatus>({ state: 'connecting' });
/** How often the page has found the server again: what it asked in between may have come to nothing. */
export const reconnects = createStore(0);
/** What the server has refused last, such as a run that it does not know. */
export const problem = createStore<string | undefined>(undefined);

const wanted = new Map<string, number>();
let socket: WebSocket | undefined;
let retryMs = firstRetryMs;
/** The model with all frames in, drawn with the next animation frame. */
let latest = emptyModel;
let frames = 0;
let isDrawing = false;
let subscribing = false;
let subscribed = '';
/** The stored run to show, asked for again after a reconnect. */
let replayed: string | undefined;

/**
 * Keeps a websocket to the server open for as long as the page is. After a loss it tries again in 0.5 s,
 * then in twice the time up to 10 s, and goes on with the frame after the last one that it has. A frame
 * that is unreadable or does not follow is a loss too: the whole state is the cure.
 */
export function connect(): void {
  const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
  opened.binaryType = 'arraybuffer';
  socket = opened;
  frames = 0;
  opened.addEventListener('open', () => {
    problem.set(undefined);
    subscribe();
    if (replayed !== undefined) send({ type: 'replay', run: replayed });
  });
  opened.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    // A socket that is being given up may still deliver.
    if (opened.readyState !== WebSocket.OPEN) return;
    if (typeof data === 'string') return problem.set(problemIn(data));
    const next = data instanceof ArrayBuffer ? read(data) : undefined;
    if (next === undefined) {
      latest = { ...latest, epoch: '', seq: 0 };
      opened.close();
      return;
    }
    latest = next;
    frames++;
    retryMs = firstRetryMs;
    if (connection.get().state === 'reconnecting') reconnects.set(reconnects.get() + 1);
    connection.set({ state: 'connected' });
    drawSoon();
  });
  opened.addEventListener('close', () => {
    socket = undefined;
    const before = connection.get();
    connection.set({
      state: 'reconnecting',
      retryAt: performance.now() + retryMs,
      isRefused: before.state === 'reconnecting' && before.isRefused,
    });
    void learnRefusal();
    setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, lastRetryMs);
  });
}

/** A browser does not tell why a websocket has failed: the answer to a request does. */
async function learnRefusal(): Promise<void> {
  const isRefused = await fetch('/api/health').then(
    ({ status }) => status === 401,
    () => false,
  );
  const now = connection.get();
  if (now.state === 'reconnecting') connection.set({ ...now, isRefused });
}

function read(data: ArrayBuffer): LiveModel | undefined {
  try {
    return applyFrame(latest, decodeColumns(data), performance.now());
  } catch {
    return undefined;
  }
}

function problemIn(text: string): string {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && 'message' in value ? String(value.message) : text;
}

/** Shows all that has come with the next animation frame, and then tells the server so. */
function drawSoon(): void {
  if (isDrawing) return;
  isDrawing = true;
  const draw = (): void => {
    isDrawing = false;
    live.set(latest);
    // When the newest event came that is drawn now: `npm run bench -- dashboard` reads it.
    document.documentElement.dataset.newest = String(latest.dataAt);
    send({ type: 'ack', frames });
  };
  if (document.hidden) setTimeout(draw, hiddenIntervalMs);
  else requestAnimationFrame(draw);
}

export function send(message: PageMessage): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function subscribe(): void {
  const topics = [...wanted.keys()].sort();
  const key = topics.join(' ');
  // Of topics that are new to it the page has nothing yet: it needs the whole state.
  const isSame = key === subscribed && latest.epoch !== '';
  subscribed = key;
  send({ type: 'subscribe', topics, ...(isSame ? { epoch: latest.epoch, lastSeq: latest.seq } : {}) });
}

/** Asks for topics until the returned function is called. Several may ask for one topic. */
export function want(topics: readonly string[]): () => void {
  for (const topic of topics) wanted.set(topic, (wanted.get(topic) ?? 0) + 1);
  subscribeSoon();
  return () => {
    for (const topic of topics) {
      const count = (wanted.get(topic) ?? 0) - 1;
      if (count > 0) wanted.set(topic, count);
      else wanted.delete(topic);
    }
    subscribeSoon();
  };
}

/** Once for all changes of one drawing. */
function subscribeSoon(): void {
  if (subscribing) return;
  subscribing = true;
  setTimeout(() => {
    subscribing = false;
    if ([...wanted.keys()].sort().join(' ') !== subscribed) subscribe();
  }, 0);
}

/** Shows a stored run, or the live one again. */
export function showRun(run: string | undefined): void {
  if (run === replayed) return;
  replayed = run;
  problem.set(undefined);
  send(run === undefined ? { type: 'live' } : { type: 'replay', run });
}
