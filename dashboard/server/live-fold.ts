import { agentId, type RunEvent } from '#protocol';
import {
  type AgentView,
  type LivePatch,
  type LiveState,
  type LogLine,
  logLines,
  type RoundPoint,
  type RunView,
  type TrafficPoint,
  trafficPoints,
} from './live-view.js';

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** Folds the events of one run into what the page shows. Each event gives the patch that it makes. */
export class LiveFold {
  #run: RunView | undefined;
  readonly #agents = new Map<number, AgentView>();
  readonly #rounds: RoundPoint[] = [];
  #traffic: TrafficPoint[] = [];
  #log: LogLine[] = [];
  #lines = 0;
  #lastCounters: EventOf<'broker'> | undefined;
  readonly #reported = new Set<number>();

  state(): LiveState {
    return {
      run: this.#run,
      rounds: [...this.#rounds],
      agents: [...this.#agents.values()].sort((a, b) => a.client - b.client),
      traffic: this.#traffic,
      log: this.#log,
    };
  }

  apply(event: RunEvent): LivePatch {
    switch (event.type) {
      case 'run-started':
        return this.#runStarted(event);
      case 'agent-state':
        return this.#agentState(event);
      case 'round-state':
        return this.#roundState(event);
      case 'composition':
        return {};
      case 'client-finished':
        return this.#clientFinished(event);
      case 'round-finished':
        return this.#roundFinished(event);
      case 'telemetry':
        return this.#telemetry(event);
      case 'broker':
        return this.#counted(event);
      case 'log':
        return this.#line(event.ts, event.level, event.code, event.message);
      case 'run-finished':
        return this.#runFinished(event);
    }
  }

  #runStarted({ ts, runId, config, params, clients }: EventOf<'run-started'>): LivePatch {
    for (const { client, samples } of clients) this.#agents.set(client, unseenAgent(client, samples));
    this.#run = {
      runId,
      name: config.name ?? runId,
      dataset: config.dataset,
      strategy: config.strategy,
      composition: config.composition,
      engine: String(params['engine.name'] ?? ''),
      seed: config.seed,
      clients: config.clients,
      rounds: config.rounds,
      round: 0,
      roundState: 'starting',
      participants: 0,
      reported: 0,
      status: 'running',
      reason: undefined,
      startedAt: ts,
      roundsBeganAt: 0,
      finishedAt: undefined,
    };
    const line = this.#line(ts, 'info', 'RUN_STARTED', `run ${runId} with ${config.clients} clients`);
    return { run: this.#run, agents: [...this.#agents.values()], ...line };
  }

  #agentState({ ts, client, state, round, pid, reason }: EventOf<'agent-state'>): LivePatch {
    const before = this.#agents.get(client) ?? unseenAgent(client, 0);
    const patch: LivePatch = this.#agent({
      ...before,
      state,
      round: state === 'offline' ? before.round : round,
      pid,
    });
    const run = this.#run;
    if (run !== undefined && state === 'uploading' && round === run.round && !this.#reported.has(client)) {
      this.#reported.add(client);
      this.#run = { ...run, reported: this.#reported.size };
    }
    const changedRun = this.#run !== run && this.#run !== undefined ? { run: this.#run } : {};
    if (state !== 'offline') return { ...patch, ...changedRun };
    const level = run?.status === 'running' ? 'warn' : 'info';
    const why = reason ? `: ${reason}` : '';
    return { ...patch, ...this.#line(ts, level, 'AGENT_OFFLINE', `${agentId(client)} is offline${why}`) };
  }

  #roundState({ ts, round, state, participants }: EventOf<'round-state'>): LivePatch {
    if (this.#run === undefined) return {};
    if (state === 'announce') this.#reported.clear();
    this.#run = {
      ...this.#run,
      round,
      roundState: state,
      participants: participants.length,
      reported: this.#reported.size,
      roundsBeganAt: this.#run.roundsBeganAt || ts,
    };
    return { run: this.#run };
  }

  #clientFinished({ outcome }: EventOf<'client-finished'>): LivePatch {
    const before = this.#agents.get(outcome.client) ?? unseenAgent(outcome.client, outcome.samples);
    if (!outcome.selected) return {};
    return this.#agent({
      ...before,
      accuracy: outcome.metrics?.accuracy ?? before.accuracy,
      failReason: outcome.failReason,
      failures: before.failures + (outcome.participated ? 0 : 1),
      participations: before.participations + (outcome.participated ? 1 : 0),
    });
  }

  #roundFinished(event: EventOf<'round-finished'>): LivePatch {
    const { ts, round, globalAccuracy, globalLoss, participated, failed, startedAt } = event;
    const point: RoundPoint = {
      round,
      accuracy: globalAccuracy,
      loss: globalLoss,
      participated,
      failed,
      durationS: (ts - startedAt) / 1000,
      at: ts,
    };
    this.#rounds.push(point);
    const of = `${participated} of ${participated + failed}`;
    const text = `round ${round}: accuracy ${globalAccuracy.toFixed(4)}, ${of} clients took part`;
    return { rounds: [point], ...this.#line(ts, failed > 0 ? 'warn' : 'info', 'ROUND_FINISHED', text) };
  }

  #telemetry({ ts, sentAt, client, body }: EventOf<'telemetry'>): LivePatch {
    const before = this.#agents.get(client) ?? unseenAgent(client, 0);
    return this.#agent({
      ...before,
      rssMb: body.rssMb,
      cpuUtilization: body.cpuUtilization,
      latencyMs: Math.max(0, ts - sentAt),
    });
  }

  #counted(event: EventOf<'broker'>): LivePatch {
    const before = this.#lastCounters;
    this.#lastCounters = event;
    if (before === undefined || event.ts <= before.ts) return {};
    const seconds = (event.ts - before.ts) / 1000;
    const { counters: now } = event;
    const rate = (total: number, earlier: number): number => Math.max(0, (total - earlier) / seconds);
    const point: TrafficPoint = {
      at: event.ts,
      source: now.source,
      messagesInPerS: rate(now.messagesIn, before.counters.messagesIn),
      messagesOutPerS: rate(now.messagesOut, before.counters.messagesOut),
      bytesInPerS: rate(now.bytesIn, before.counters.bytesIn),
      bytesOutPerS: rate(now.bytesOut, before.counters.bytesOut),
      messages: now.messagesIn + now.messagesOut,
      bytes: now.bytesIn + now.bytesOut,
    };
    this.#traffic = [...this.#traffic, point].slice(-trafficPoints);
    return { traffic: [point] };
  }

  #runFinished({ ts, status, reason }: EventOf<'run-finished'>): LivePatch {
    if (this.#run === undefined) return {};
    this.#run = { ...this.#run, status, reason, finishedAt: ts };
    const level = status === 'finished' ? 'info' : status === 'failed' ? 'error' : 'warn';
    return {
      run: this.#run,
      ...this.#line(ts, level, 'RUN_ENDED', `run ${status}${reason ? `: ${reason}` : ''}`),
    };
  }

  #agent(view: AgentView): LivePatch {
    this.#agents.set(view.client, view);
    return { agents: [view] };
  }

  #line(at: number, level: LogLine['level'], code: string, message: string): LivePatch {
    const line: LogLine = { id: ++this.#lines, at, level, code, message };
    this.#log = [...this.#log, line].slice(-logLines);
    return { log: [line] };
  }
}

function unseenAgent(client: number, samples: number): AgentView {
  return {
    client,
    agent: agentId(client),
    state: 'unseen',
    round: 0,
    pid: 0,
    samples,
    rssMb: undefined,
    cpuUtilization: undefined,
    latencyMs: undefined,
    accuracy: undefined,
    failReason: undefined,
    failures: 0,
    participations: 0,
  };
}
