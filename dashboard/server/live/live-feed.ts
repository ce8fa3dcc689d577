import type { IncomingMessage, Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { RunEvent, RunEventStream } from '#protocol';
import type { Queryable } from '#store';
import type { LiveState } from '../frames/live-view.js';
import type { RefusalCause, Refusals } from '../refusals.js';
import { PageConnection } from './page-connection.js';
import { RunState, type WriterSample } from './run-state.js';

/** Some 14 frames a second: fast enough to look alive, slow enough to cost little. */
const frameIntervalMs = 70;
const pingIntervalMs = 15_000;
const writerIntervalMs = 1000;
const maxPages = 256;
const maxIncomingBytes = 4096;
/** A page that has not said what it wants by then is none. */
const subscribePatienceMs = 10_000;

const statusTexts: Partial<Record<RefusalCause, string>> = {
  foreign: '403 Forbidden',
  unauthenticated: '401 Unauthorized',
  'too-many-pages': '503 Service Unavailable',
};

export interface LiveFeedOptions {
  readonly events: RunEventStream;
  readonly store: Queryable;
  readonly refusals: Refusals;
  /** Whether pages may pause, stop and so on. */
  readonly canAct: boolean;
  /** Whether pages may start runs. */
  readonly canStart: boolean;
  /** How the store's writer keeps up; undefined before there is one. */
  readonly writer?: (() => Omit<WriterSample, 'at'> | undefined) | undefined;
}

/** Pushes the state of the run, or of a stored one that is replayed, to every page. */
export class LiveFeed {
  #state = new RunState();
  readonly #options: LiveFeedOptions;
  readonly #pages = new Set<PageConnection>();
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: maxIncomingBytes });
  readonly #unsubscribe: () => void;
  readonly #timers: readonly NodeJS.Timeout[];
  #closed = false;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
    this.#unsubscribe = options.events.subscribe((event) => this.#apply(event));
    this.#timers = [
      setInterval(() => this.#pushFrames(), frameIntervalMs),
      setInterval(() => this.#checkPages(), pingIntervalMs),
      setInterval(() => this.#sampleWriter(), writerIntervalMs),
    ];
  }

  state(): LiveState {
    return this.#state.view();
  }

  /** How many pages there are, and how many of them do not keep up. */
  pages(): { pages: number; slowPages: number } {
    return { pages: this.#pages.size, slowPages: [...this.#pages].filter(({ isSlow }) => isSlow).length };
  }

  /** Takes websocket upgrades of `/ws` over; refuses those that `refusalOf` gives a cause for. */
  attach(server: Server, refusalOf: (request: IncomingMessage) => RefusalCause | undefined): void {
    server.on('upgrade', (request, socket, head) => {
      const end = (status: string): void => {
        // Node leaves an upgraded socket without a listener: a client's reset would end the process.
        socket.on('error', () => socket.destroy());
        socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      };
      if (request.url?.split('?')[0] !== '/ws') return end('404 Not Found');
      const isFull = this.#closed || this.#sockets.clients.size >= maxPages;
      const refusal = refusalOf(request) ?? (isFull ? 'too-many-pages' : undefined);
      if (refusal !== undefined) {
        this.#options.refusals.count(refusal);
        return end(statusTexts[refusal] ?? '403 Forbidden');
      }
      this.#sockets.handleUpgrade(request, socket, head, (page) => {
        const connection = new PageConnection({ ...this.#options, socket: page, live: () => this.#state });
        this.#pages.add(connection);
        const patience = setTimeout(() => {
          if (!connection.isSubscribed) connection.refuse('silent');
        }, subscribePatienceMs);
        page.on('close', () => {
          clearTimeout(patience);
          this.#pages.delete(connection);
        });
      });
    });
  }

  close(): void {
    this.#closed = true;
    this.#pushFrames();
    this.#unsubscribe();
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets.clients) socket.close(1001, 'the server ends');
    // A page that does not answer the close must not keep the server.
    setTimeout(() => {
      for (const socket of this.#sockets.clients) socket.terminate();
    }, 200).unref();
  }

  /** A run that begins takes the place of the one before, with a state of its own. */
  #apply(event: RunEvent): void {
    if (event.type === 'run-started' && this.#state.hasRun) this.#state = new RunState();
    this.#state.apply(event);
  }

  #pushFrames(): void {
    const cache = new Map<string, Uint8Array>();
    for (const page of this.#pages) page.push(cache);
  }

  #checkPages(): void {
    for (const page of this.#pages) page.checkAlive();
  }

  #sampleWriter(): void {
    const now = this.#options.writer?.();
    if (now !== undefined) this.#state.writer({ ...now, at: Date.now() });
  }
}
