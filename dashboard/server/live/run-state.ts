import { randomUUID } from 'node:crypto';
import { agentId, type RunEvent } from '#protocol';
import { encodeColumns } from '../frames/columns.js';
import type {
  FrameHeader,
  FrameSource,
  LiveState,
  LogLine,
  RoundPoint,
  RunView,
  TrafficView,
  WriterView,
} from '../frames/live-view.js';
import { resultMetrics, type SeriesMetric } from '../frames/metrics.js';
import { AgentColumns } from './agent-columns.js';
import { CounterTotals } from './counter-totals.js';
import { RunLog } from './run-log.js';
import { type ClientResult, type RoundEnd, type RunFacts, viewOfStart } from './run-records.js';
import { RunSeries } from './run-series.js';
import { changedAfter, type Stamped } from './stamped.js';
import { type TelemetrySample, TelemetryStreams } from './telemetry-streams.js';
import { totalsOf, trafficSince } from './traffic.js';

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;
type Level = LogLine['level'];
/** What the store's writer says of itself. */
export type WriterSample = Omit<WriterView, 'rowsPerS'>;

/** What the broker says for an agent that left without a word (its last will). */
const lastWillReason = 'connection lost';

/**
 * Folds the events of one run into what the page shows. Every record is stamped with the number of the
 * frame that tells of it, so that one state serves every page, wherever it is: a page needs no memory
 * here but the number of its last frame.
 */
export class RunState {
  /** Another state has another one; frame numbers are of one epoch. */
  readonly epoch = randomUUID();
  /** Number of the frame that is being filled. */
  #frame = 1;
  #isDirty = false;
  #dataAt = 0;
  #run: Stamped<RunView> | undefined;
  #agents = new AgentColumns(0);
  #rounds: Stamped<RoundPoint>[] = [];
  #traffic: Stamped<TrafficView> | undefined;
  #writer: Stamped<WriterView> | undefined;
  readonly #log = new RunLog();
  readonly #totals = new CounterTotals();
  #lastCounters: EventOf<'broker'> | undefined;
  #telemetry = new TelemetryStreams(0);
  readonly #reported = new Set<number>();
  readonly #goodbyes = new Set<string>();
  readonly #series = new RunSeries();

  get hasRun(): boolean {
    return this.#run !== undefined;
  }

  /** Id of the run, as long as it goes on. */
  get runningId(): string | undefined {
    const run = this.#run?.value;
    return run?.status === 'running' ? run.runId : undefined;
  }

  view(): LiveState {
    return {
      run: this.#run?.value,
      rounds: this.#rounds.map(({ value }) => value),
      agents: this.#agents.views(),
      traffic: this.#traffic?.value,
      writer: this.#writer?.value,
      telemetry: this.#telemetry.counts(),
      log: this.#log.latest(),
      logCounts: this.#log.counts(),
    };
  }

  /** Ends the frame that is being filled. @returns the number of the last frame that tells anything */
  seal(): number {
    if (this.#isDirty) {
      this.#frame++;
      this.#isDirty = false;
    }
    return this.#frame - 1;
  }

  /**
   * A frame with all that changed after frame `since`, of what the page has subscribed to.
   * @param topics see frames/metrics.ts
   */
  frameSince(since: number, topics: ReadonlySet<string>, source: FrameSource): Uint8Array<ArrayBuffer> {
    const after = <T>(stamped: Stamped<T> | undefined): T | undefined =>
      stamped !== undefined && stamped.changedIn > since ? stamped.value : undefined;
    const agents = topics.has('agents') ? this.#agents.changedAfter(since) : undefined;
    const { groups, widths } = this.#series.changedAfter(since, topics);
    const header: FrameHeader = {
      epoch: this.epoch,
      since,
      seq: this.#frame - 1,
      now: Date.now(),
      dataAt: this.#dataAt,
      source,
      run: after(this.#run),
      rounds: changedAfter(this.#rounds, since),
      traffic: after(this.#traffic),
      writer: after(this.#writer),
      telemetry: this.#telemetry.counts(),
      log: this.#log.changedAfter(since),
      logCounts: this.#log.counts(),
      failReasons: this.#agents.failReasonsAfter(since),
      widths,
    };
    return encodeColumns({
      header: { ...header },
      groups: { ...(agents === undefined ? {} : { agents }), ...groups },
    });
  }

  apply(event: RunEvent): void {
    // Stored, not shown: what a message brings about comes as an event of its own.
    if (event.type === 'message') return;
    this.#happened(event.ts);
    switch (event.type) {
      case 'run-started':
        this.begin({
          ...event.config,
          ts: event.ts,
          runId: event.runId,
          engine: String(event.params['engine.name'] ?? ''),
          resumedAfter: event.resumedAfter,
          shares: event.clients,
        });
        break;
      case 'agent-state':
        this.#agentState(event);
        break;
      case 'round-state':
        this.#roundState(event);
        break;
      case 'composition':
        break;
      case 'client-finished':
        this.#clientFinished(event);
        break;
      case 'round-finished':
        this.roundFinished(event);
        break;
      case 'telemetry':
        this.telemetry(event);
        break;
      case 'broker':
        this.#counted(event);
        break;
      case 'log':
        this.#logged(event);
        break;
      case 'run-finished':
        this.#runFinished(event);
        break;
    }
  }

  /** Takes a sample of the store's writer in: while the run goes on, and then until all of it is stored. */
  writer(now: WriterSample): void {
    const before = this.#writer?.value;
    const isRunning = this.#run?.value.status === 'running';
    const isCatchingUp =
      before !== undefined &&
      now.rows >= before.rows &&
      (now.rows > before.rows || before.rowsPerS > 0 || before.waitingSince !== undefined);
    if (!isRunning && !isCatchingUp) return;
    const seconds = before === undefined ? 0 : (now.at - before.at) / 1000;
    const rowsPerS = before === undefined || seconds <= 0 ? 0 : Math.max(0, now.rows - before.rows) / seconds;
    this.#writer = this.#stamp({ ...now, rowsPerS });
    this.#isDirty = true;
    this.#sample('rows_per_s', now.at, rowsPerS);
    this.#sample('rows_waiting', now.at, now.waiting);
    this.#sample('rows_spooled', now.at, now.spooled);
  }

  /** The start of a run: its facts, and the size of each client's share. */
  begin(facts: RunFacts): void {
    const { ts, runId, clients, shares } = facts;
    this.#agents = new AgentColumns(clients);
    this.#telemetry = new TelemetryStreams(clients);
    for (const { client, samples } of shares) {
      this.#agents.samples[client] = samples;
      this.#agents.touch(client, this.#frame);
    }
    this.#setRun(viewOfStart(facts));
    this.#line(ts, 'info', 'RUN_STARTED', `run ${runId} with ${clients} clients`);
  }

  /** A stored run goes on after a break: whatever ended it before has not. */
  resume(ts: number): void {
    const run = this.#run?.value;
    if (run === undefined) return;
    this.#happened(ts);
    this.#reported.clear();
    this.#goodbyes.clear();
    const round = this.#rounds.at(-1)?.value.round ?? 0;
    this.#setRun({
      ...run,
      ...{ status: 'running', reason: undefined, finishedAt: undefined, isPaused: false },
      ...{ round, roundState: 'starting', participants: 0, reported: 0 },
    });
    this.#line(ts, 'info', 'RUN_STARTED', `run ${run.runId} goes on after round ${round}`);
  }

  #agentState({ ts, client, state, round, pid, reason }: EventOf<'agent-state'>): void {
    if (client >= this.#agents.clients) return;
    const agents = this.#agents;
    const wasOffline = agents.stateOf(client) === 'offline';
    agents.setState(client, state);
    agents.pid[client] = pid;
    if (state !== 'offline') agents.round[client] = Math.max(0, round);
    agents.touch(client, this.#frame);
    const run = this.#run?.value;
    if (run !== undefined && state === 'uploading' && round === run.round && !this.#reported.has(client)) {
      this.#reported.add(client);
      this.#setRun({ ...run, reported: this.#reported.size });
    }
    if (state === 'offline' && !wasOffline) this.#left(ts, client, reason);
  }

  /** An agent that is lost has a line of its own; those that leave in order share one line a reason. */
  #left(ts: number, client: number, reason: string | undefined): void {
    if (reason === undefined || reason === lastWillReason) {
      const why = reason === undefined ? '' : `: ${reason}`;
      this.#line(ts, 'info', 'AGENT_OFFLINE', `${agentId(client)} is offline${why}`, client);
    } else if (!this.#goodbyes.has(reason)) {
      this.#goodbyes.add(reason);
      this.#line(ts, 'info', 'AGENTS_LEAVE', `agents leave in order: ${reason}`);
    }
  }

  #roundState({ ts, round, state, participants }: EventOf<'round-state'>): void {
    const run = this.#run?.value;
    if (run === undefined) return;
    if (state === 'announce') this.#reported.clear();
    this.#setRun({
      ...run,
      round,
      roundState: state,
      participants: participants.length,
      reported: this.#reported.size,
      roundsBeganAt: run.roundsBeganAt || ts,
    });
  }

  /** What became of a chosen client in a round; results are there when it took part. */
  clientResult({ ts, client, failReason, results }: ClientResult): void {
    const agents = this.#agents;
    if (client >= agents.clients) return;
    this.#happened(ts);
    agents.setFailReason(client, failReason, this.#frame);
    const tally = failReason === undefined ? agents.participations : agents.failures;
    tally[client] = (tally[client] ?? 0) + 1;
    agents.touch(client, this.#frame);
    for (const { id } of resultMetrics) {
      const value = results?.[id];
      if (value === undefined) continue;
      agents.results[id][client] = value;
      this.#sample(id, ts, value);
    }
  }

  #clientFinished({ ts, outcome }: EventOf<'client-finished'>): void {
    const { client, selected, participated, metrics } = outcome;
    if (!selected) return;
    const failReason = participated ? undefined : (outcome.failReason ?? 'unknown');
    const results = metrics && {
      ...(metrics.test.metricScore === undefined ? {} : { accuracy: metrics.test.metricScore }),
      loss: metrics.test.loss,
      compute_time_s: metrics.computeTimeS,
      upload_time_s: metrics.uploadTimeS,
      dispatch_wait_s: metrics.dispatchWaitS,
      ...(metrics.updateNorm === undefined ? {} : { update_norm: metrics.updateNorm }),
    };
    this.clientResult({ ts, client, failReason, results });
  }

  /** What a round came to. */
  roundFinished(end: RoundEnd): void {
    const { ts, round, global, participated, failed, startedAt } = end;
    const score = global.metricScore ?? Number.NaN;
    const scoreName = global.accuracy === undefined ? 'score' : 'accuracy';
    this.#happened(ts);
    const run = this.#run?.value;
    if (run !== undefined && run.scoreName !== scoreName) this.#setRun({ ...run, scoreName });
    this.#rounds.push(
      this.#stamp({
        round,
        accuracy: score,
        loss: global.loss,
        participated,
        failed,
        durationS: (ts - startedAt) / 1000,
        at: ts,
      }),
    );
    const of = `${participated} of ${participated + failed}`;
    const text = `round ${round}: ${scoreName} ${score.toFixed(4)}, ${of} clients took part`;
    this.#line(ts, 'info', 'ROUND_FINISHED', text);
  }

  /**
   * Takes a telemetry message in.
   * @param stride a replay of a long run shows every so many-th message only
   */
  telemetry(sample: TelemetrySample, stride = 1): void {
    const { ts, sentAt, client, body } = sample;
    if (client >= this.#agents.clients) return;
    this.#happened(ts);
    const rates = this.#telemetry.take(sample, stride);
    this.#gauge('latency_ms', ts, client, Math.max(0, ts - sentAt));
    this.#gauge('cpu_utilization', ts, client, body.cpuUtilization);
    this.#gauge('rss_mb', ts, client, body.rssMb);
    this.#gauge('queue_length', ts, client, body.queueLength);
    if (rates !== undefined) {
      this.#gauge('sent_bytes_per_s', ts, client, rates.sentPerS);
      this.#gauge('received_bytes_per_s', ts, client, rates.receivedPerS);
    }
    this.#agents.touch(client, this.#frame);
  }

  #gauge(id: keyof AgentColumns['gauges'], at: number, client: number, value: number): void {
    this.#agents.gauges[id][client] = value;
    this.#sample(id, at, value);
  }

  #counted({ counters, ...rest }: EventOf<'broker'>): void {
    const event = { ...rest, counters: this.#totals.take(counters) };
    const { ts } = event;
    const before = this.#lastCounters;
    const view = before && trafficSince(before, event);
    if (view === undefined) {
      // The next rate is over the whole time since the counters before.
      if (before === undefined || ts < before.ts) this.#lastCounters = event;
      else if (this.#traffic) this.#traffic = this.#stamp({ ...this.#traffic.value, ...totalsOf(event) });
      return;
    }
    this.#lastCounters = event;
    this.#traffic = this.#stamp(view);
    this.#sample('messages_in_per_s', ts, view.messagesInPerS);
    this.#sample('messages_out_per_s', ts, view.messagesOutPerS);
    this.#sample('bytes_in_per_s', ts, view.bytesInPerS);
    this.#sample('bytes_out_per_s', ts, view.bytesOutPerS);
  }

  #logged({ ts, level, code, message, client }: EventOf<'log'>): void {
    const run = this.#run?.value;
    const isPaused = code === 'RUN_PAUSED';
    if (run !== undefined && (isPaused || code === 'RUN_RESUMED')) this.#setRun({ ...run, isPaused });
    this.#line(ts, level, code, message, client);
  }

  #runFinished({ ts, status, reason }: EventOf<'run-finished'>): void {
    const run = this.#run?.value;
    if (run === undefined) return;
    this.#setRun({ ...run, status, reason, finishedAt: ts });
    const level = status === 'finished' ? 'info' : 'warn';
    this.#line(ts, level, 'RUN_ENDED', `run ${status}${reason ? `: ${reason}` : ''}`);
  }

  #happened(at: number): void {
    this.#isDirty = true;
    if (at > this.#dataAt) this.#dataAt = at;
  }

  #setRun(run: RunView): void {
    this.#run = this.#stamp(run);
  }

  #stamp<T>(value: T): Stamped<T> {
    return { value, changedIn: this.#frame };
  }

  #sample(id: SeriesMetric, at: number, value: number): void {
    this.#series.add(id, at, value, this.#frame);
  }

  #line(at: number, level: Level, code: string, message: string, client?: number): void {
    this.#log.add({ at, level, code, message, client }, this.#frame);
  }
}
