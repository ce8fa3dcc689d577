import type { IncomingMessage, Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { RunEventStream } from '#protocol';
import { LiveFold } from './live-fold.js';
import type { LivePatch, LiveState } from './live-view.js';
import { PatchBuffer } from './patch-buffer.js';

/** Frames a second: fast enough to look alive, slow enough to cost nothing. */
const frameIntervalMs = 100;
/** A page that has not taken this much yet is slow: its frames are merged until it has. */
const slowBytes = 256 * 1024;
const pingIntervalMs = 15_000;
const maxPages = 256;
/** Pages have nothing to say. */
const maxIncomingBytes = 1024;

interface Page {
  readonly socket: WebSocket;
  readonly backlog: PatchBuffer;
  seq: number;
  merged: number;
  alive: boolean;
}

/** Pushes the live state of a run to every page: a snapshot first, then what changed, ten times a second. */
export class LiveFeed {
  readonly #fold = new LiveFold();
  readonly #pending = new PatchBuffer();
  readonly #pages = new Set<Page>();
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: maxIncomingBytes });
  readonly #unsubscribe: () => void;
  readonly #timers: readonly NodeJS.Timeout[];
  #closed = false;

  constructor(events: RunEventStream) {
    this.#unsubscribe = events.subscribe((event) => this.#pending.add(this.#fold.apply(event)));
    this.#timers = [
      setInterval(() => this.#pushFrames(), frameIntervalMs),
      setInterval(() => this.#dropDeadPages(), pingIntervalMs),
    ];
  }

  state(): LiveState {
    return this.#fold.state();
  }

  /** Takes websocket upgrades of `/ws` over; refuses those that `isAllowed` does not know. */
  attach(server: Server, isAllowed: (request: IncomingMessage) => boolean): void {
    server.on('upgrade', (request, socket, head) => {
      const refuse = (status: string): void => {
        // Node leaves an upgraded socket without a listener: a client's reset would end the process.
        socket.on('error', () => socket.destroy());
        socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      };
      if (request.url?.split('?')[0] !== '/ws') refuse('404 Not Found');
      else if (!isAllowed(request)) refuse('403 Forbidden');
      else if (this.#closed || this.#pages.size >= maxPages) refuse('503 Service Unavailable');
      else this.#sockets.handleUpgrade(request, socket, head, (page) => this.#welcome(page));
    });
  }

  close(): void {
    this.#closed = true;
    this.#pushFrames();
    this.#unsubscribe();
    for (const timer of this.#timers) clearInterval(timer);
    for (const { socket } of this.#pages) socket.close(1001, 'the server ends');
    // A page that does not answer the close must not keep the server.
    setTimeout(() => {
      for (const { socket } of this.#pages) socket.terminate();
    }, 200).unref();
  }

  #welcome(socket: WebSocket): void {
    // What is pending is in the snapshot already: everyone else gets it now, before the newcomer is one of them.
    this.#pushFrames();
    const page: Page = { socket, backlog: new PatchBuffer(), seq: 0, merged: 0, alive: true };
    this.#pages.add(page);
    socket.on('pong', () => {
      page.alive = true;
    });
    socket.on('close', () => this.#pages.delete(page));
    // Malformed and oversized messages end that page's connection (ws closes it) and nothing else.
    socket.on('error', () => socket.terminate());
    socket.send(JSON.stringify({ type: 'snapshot', seq: 0, now: Date.now(), state: this.#fold.state() }));
  }

  #pushFrames(): void {
    const patch = this.#pending.take();
    const text = patch === undefined ? undefined : JSON.stringify(patch);
    for (const page of this.#pages) this.#push(page, patch, text);
  }

  #push(page: Page, patch: LivePatch | undefined, text: string | undefined): void {
    if (patch !== undefined && (page.merged > 0 || page.socket.bufferedAmount > slowBytes)) {
      page.backlog.add(patch);
      page.merged++;
    }
    if (page.socket.bufferedAmount > slowBytes) return;
    if (page.merged > 0) {
      this.#send(page, JSON.stringify(page.backlog.take()), page.merged);
      page.merged = 0;
    } else if (text !== undefined) {
      this.#send(page, text, 1);
    }
  }

  #send(page: Page, patch: string, merged: number): void {
    page.seq++;
    page.socket.send(
      `{"type":"patch","seq":${page.seq},"now":${Date.now()},"merged":${merged},"patch":${patch}}`,
    );
  }

  #dropDeadPages(): void {
    for (const page of this.#pages) {
      if (!page.alive) page.socket.terminate();
      page.alive = false;
      page.socket.ping();
    }
  }
}
