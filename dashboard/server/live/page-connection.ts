import type { WebSocket } from 'ws';
import { toFleetError } from '#protocol';
import type { Queryable } from '#store';
import { askedUntil } from '../asked-until.js';
import type { FrameSource, PageMessage } from '../frames/live-view.js';
import type { RefusalCause, Refusals } from '../refusals.js';
import { Replay } from '../replay/replay.js';
import { TokenBucket } from '../token-bucket.js';
import { parsePageMessage } from './page-message.js';
import type { RunState } from './run-state.js';

/** A page that has not taken this much yet gets nothing more. */
const slowBytes = 256 * 1024;
/** Frames that a page may have before it says that it has drawn the first of them. */
const framesInFlight = 8;
/** A page says little: an acknowledgement a frame, and what its user clicks. */
const messageBurst = 200;
const messagesPerSecond = 60;
/** The message breaks a rule (RFC 6455, 7.4.1). */
const closePolicy = 1008;

/** A stored run that a page wishes to see. */
interface Wish {
  /** Aborted when the page wishes for something else, or is gone. */
  readonly over: AbortController;
  readonly opening: Promise<Replay>;
}

/** A replay that a page sees. */
interface Shown {
  readonly over: AbortController;
  readonly replay: Replay;
}

/** Frames encoded in this tick, by where the pages are and what they want. */
export type FrameCache = Map<string, Uint8Array>;

export interface PageConnectionOptions {
  readonly socket: WebSocket;
  /** The state of the run that goes on, or of the last one. */
  readonly live: () => RunState;
  readonly store: Queryable;
  readonly refusals: Refusals;
  readonly canAct: boolean;
  readonly canStart: boolean;
}

/**
 * One page. The server keeps of it only where it is: what a slow page has missed is in the state, and it
 * gets it in one frame once it has taken the ones before.
 */
export class PageConnection {
  readonly #options: PageConnectionOptions;
  readonly #budget = new TokenBucket(messageBurst, messagesPerSecond, performance.now());
  #topics: ReadonlySet<string> | undefined;
  #topicsKey = '';
  #epoch = '';
  #seq = 0;
  /** The run that went on by the last frame of a replay. */
  #liveRun: string | undefined;
  #sent = 0;
  #acknowledged = 0;
  /** What the page has asked for last; undefined for what is live. */
  #wish: Wish | undefined;
  /** What the page sees: that replay once it is open, and until then the one before; undefined for what is live. */
  #shown: Shown | undefined;
  #isAlive = true;
  #isSlow = false;

  constructor(options: PageConnectionOptions) {
    this.#options = options;
    const { socket } = options;
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('close', () => this.#showLive());
    socket.on('message', (data, isBinary) => this.#received(isBinary ? undefined : String(data)));
    // ws closes a connection that breaks the protocol, and only that one.
    socket.on('error', (error) => {
      const isOversized = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      options.refusals.count(isOversized ? 'oversized' : 'malformed');
      socket.terminate();
    });
  }

  /** Whether the page has said what it wants to see. */
  get isSubscribed(): boolean {
    return this.#topics !== undefined;
  }

  /** Whether frames are being merged because the page does not keep up. */
  get isSlow(): boolean {
    return this.#isSlow;
  }

  /** Sends a frame with all that is new to the page, when there is any and the page can take it. */
  push(cache: FrameCache): void {
    const { socket, live, canAct, canStart } = this.#options;
    const topics = this.#topics;
    if (topics === undefined || socket.readyState !== socket.OPEN) return;
    const replay = this.#shown?.replay;
    if (replay !== undefined && !this.#advance(replay)) return;
    const state = replay?.state ?? live();
    const latest = state.seal();
    const isNew = state.epoch !== this.#epoch;
    const isFull = socket.bufferedAmount > slowBytes || this.#sent - this.#acknowledged >= framesInFlight;
    this.#isSlow = isFull && (isNew || latest > this.#seq);
    if (isFull) return;
    const liveRun = live().runningId;
    const hasNews = replay !== undefined && (replay.takeNews() || liveRun !== this.#liveRun);
    if (!isNew && latest <= this.#seq && !hasNews) return;
    this.#liveRun = liveRun;
    if (isNew) this.#restart(state.epoch);
    const source: FrameSource =
      replay === undefined
        ? { kind: 'live', canAct, canStart }
        : { ...replay.source(), canStart, ...(liveRun === undefined ? {} : { liveRun }) };
    const key = `${state.epoch} ${this.#seq} ${this.#topicsKey}`;
    const frame = cache.get(key) ?? state.frameSince(this.#seq, topics, source);
    cache.set(key, frame);
    this.#seq = latest;
    this.#sent++;
    socket.send(frame);
  }

  /** Asks whether the page is still there, and ends the connection when it did not answer the last time. */
  checkAlive(): void {
    const { socket } = this.#options;
    if (!this.#isAlive) socket.terminate();
    this.#isAlive = false;
    socket.ping();
  }

  refuse(cause: RefusalCause): void {
    this.#options.refusals.count(cause);
    this.#options.socket.close(closePolicy, cause);
  }

  #restart(epoch: string): void {
    this.#epoch = epoch;
    this.#seq = 0;
  }

  #advance(replay: Replay): boolean {
    try {
      replay.advance(performance.now());
      return true;
    } catch (cause) {
      this.#fail(cause);
      return false;
    }
  }

  #received(text: string | undefined): void {
    const message = text === undefined ? undefined : parsePageMessage(text);
    if (!this.#budget.take(performance.now())) this.refuse('flooding');
    else if (message === undefined) this.refuse('malformed');
    else this.#obey(message);
  }

  #obey(message: PageMessage): void {
    switch (message.type) {
      case 'subscribe':
        this.#subscribe(message);
        break;
      case 'ack':
        this.#acknowledged = Math.min(this.#sent, Math.max(this.#acknowledged, message.frames));
        break;
      case 'live':
        this.#showLive();
        break;
      case 'replay':
        this.#showStored(message);
        break;
      case 'pause':
        this.#command((replay) => replay.pause());
        break;
      case 'play':
        this.#command((replay) => replay.play(message.speed));
        break;
      case 'seek':
        this.#command((replay) => replay.seek(message.at));
        break;
    }
  }

  #subscribe({ topics, epoch = '', lastSeq = 0 }: Extract<PageMessage, { type: 'subscribe' }>): void {
    const isFirst = this.#topics === undefined;
    this.#topics = new Set(topics);
    this.#topicsKey = [...this.#topics].sort().join(' ');
    // A page that comes back goes on where it was; one that wants other things gets all of them first.
    const live = this.#options.live();
    if (isFirst && epoch === live.epoch && lastSeq <= live.seal()) {
      this.#epoch = epoch;
      this.#seq = lastSeq;
    } else {
      this.#epoch = '';
    }
  }

  #showLive(): void {
    this.#wish?.over.abort();
    this.#wish = undefined;
    this.#shown?.over.abort();
    this.#shown = undefined;
  }

  #showStored({ run, at }: Extract<PageMessage, { type: 'replay' }>): void {
    if (this.#wish?.over !== this.#shown?.over) this.#wish?.over.abort();
    const over = new AbortController();
    const store = askedUntil(over.signal, this.#options.store);
    this.#wish = { over, opening: Replay.open(store, run, at) };
    this.#command((replay) => {
      this.#shown?.over.abort();
      this.#shown = { over, replay };
    });
  }

  /** Tells the replay something once it is open: in the order of the page's messages, as long as it wishes for it. */
  #command(work: (replay: Replay) => Promise<void> | void): void {
    const wish = this.#wish;
    if (wish === undefined) return;
    wish.opening
      .then((replay) => (wish.over.signal.aborted ? undefined : work(replay)))
      .catch((cause: unknown) => {
        if (!wish.over.signal.aborted) this.#fail(cause);
      });
  }

  /** The page goes back to what is live, and is told why. */
  #fail(cause: unknown): void {
    this.#showLive();
    const { code, message } = toFleetError(cause);
    const { socket } = this.#options;
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'problem', code, message }));
  }
}
