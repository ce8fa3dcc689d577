import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Columnar } from '#internal/dashboard/server/frames/columns.js';
import { decodeColumns } from '#internal/dashboard/server/frames/columns.js';
import type {
  FrameHeader,
  LogLine,
  PageMessage,
  RoundPoint,
} from '#internal/dashboard/server/frames/live-view.js';

/** Waits until the condition holds; the test's own limit ends a wait in vain. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

export interface ReceivedFrame {
  readonly header: FrameHeader;
  readonly groups: Columnar['groups'];
}

/** A page: its socket, the frames that came, and the state that they make, put together in the plainest way. */
export class PageClient {
  readonly socket: WebSocket;
  readonly frames: ReceivedFrame[] = [];
  readonly problems: string[] = [];
  readonly rounds = new Map<number, RoundPoint>();
  readonly log = new Map<number, LogLine>();
  /** Latest value of each column of each client. */
  readonly agents = new Map<number, Record<string, number>>();
  run: FrameHeader['run'];
  closed: { readonly code: number; readonly reason: string } | undefined;
  received = 0;
  doesAcknowledge = true;

  constructor(url: string, headers: Record<string, string> = {}) {
    const address = new URL('/ws', url);
    address.protocol = 'ws:';
    this.socket = new WebSocket(address, { headers });
    this.socket.on('message', (data: Buffer, isBinary) => {
      this.received += data.length;
      if (isBinary) this.#take(data);
      else this.problems.push(String(data));
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    this.socket.on('error', () => {});
  }

  /** Connects, subscribes, and has the first frame. */
  static async open(
    url: string,
    subscription: Partial<Extract<PageMessage, { type: 'subscribe' }>> = {},
  ): Promise<PageClient> {
    const page = new PageClient(url);
    await until(() => page.socket.readyState === WebSocket.OPEN);
    page.say({ type: 'subscribe', topics: ['agents'], ...subscription });
    await until(() => page.frames.length > 0);
    return page;
  }

  say(message: PageMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  get last(): FrameHeader {
    return this.frames.at(-1)!.header;
  }

  #take(data: Buffer): void {
    const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
    const { header: raw, groups } = decodeColumns(buffer);
    const header = raw as unknown as FrameHeader;
    if (header.since === 0) {
      this.rounds.clear();
      this.log.clear();
      this.agents.clear();
      this.run = undefined;
    }
    this.frames.push({ header, groups });
    this.run = header.run ?? this.run;
    for (const round of header.rounds ?? []) this.rounds.set(round.round, round);
    for (const line of header.log ?? []) this.log.set(line.id, line);
    const { client, ...columns } = groups.agents ?? {};
    client?.forEach((one, row) => {
      const values = Object.entries(columns).map(([name, column]) => [name, column[row] ?? Number.NaN]);
      this.agents.set(one, Object.fromEntries(values));
    });
    if (this.doesAcknowledge) this.say({ type: 'ack', frames: this.frames.length });
  }
}
