import { availableParallelism, hostname, totalmem } from 'node:os';
import {
  type AgentState,
  type AgentStatus,
  type Chunk,
  type Command,
  FleetError,
  type RoundPlan,
  type RoundResult,
  type RunAnnouncement,
  sha256,
  splitIntoChunks,
  toFleetError,
  weightsToBytes,
} from '#protocol';
import { AgentLink } from './link.js';
import { LocalService, type ServiceSources } from './local-service.js';
import { type HeldModel, ModelDownloads } from './model-downloads.js';
import { cpuTimeS, createProcessMeter, residentMb } from './process-meter.js';

export interface AgentOptions extends ServiceSources {
  readonly broker: string;
  readonly run: string;
  readonly client: number;
  readonly token?: string | undefined;
  /** Start of this process, milliseconds since 1970. */
  readonly boot: number;
  /** Called once the agent has its data and is ready for rounds. */
  readonly onReady?: () => void;
}

/** Seconds without a broker after which an agent ends. */
const brokerPatienceS = 30;
/** Seconds without the run's announcement after which an agent ends. */
const announcementPatienceS = 60;
/** How long an agent that ends waits for its goodbye to be taken. */
const goodbyePatienceMs = 1000;

/** The end of the agent's part in a round. */
interface Upload {
  readonly result: RoundResult;
  readonly chunks: readonly Chunk[];
}

/**
 * One edge agent: one MLaaS client. It hears the configuration, loads its share, and then answers
 * every plan that names it: fetch and verify the model, wait for the dispatch, train, upload.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #link: AgentLink;
  readonly #downloads = new ModelDownloads();
  readonly #ended: Promise<void>;
  #end: (error?: FleetError) => void = () => {};
  #service: LocalService | undefined;
  #isAnnounced = false;
  #telemetryTimer: NodeJS.Timeout | undefined;
  #announcementTimer: NodeJS.Timeout | undefined;
  #state: AgentState = 'starting';
  #plan: RoundPlan | undefined;
  #readyAt = 0;
  #working: { model: HeldModel; abort: AbortController } | undefined;
  /** With the model that the training began with. */
  #lastUpload: (Upload & { model: Pick<HeldModel, 'round' | 'sha256'> }) | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve, reject) => {
      this.#end = (error) => (error ? reject(error) : resolve());
    });
    this.#link = new AgentLink(
      {
        ...options,
        token: options.token,
        patienceS: brokerPatienceS,
        lastWill: this.#status('offline', 'connection lost'),
      },
      {
        announced: (announcement) => this.#announced(announcement),
        planned: (plan) => this.#planned(plan),
        modelChunk: (chunk) => this.#modelChunk(chunk),
        commanded: (command) => this.#commanded(command),
        reconnected: () => this.#repeat(),
        broken: (error) => this.#end(error),
      },
    );
    this.#enter('starting');
    this.#announcementTimer = setTimeout(() => {
      const detail = `no run ${options.run} on this broker for ${announcementPatienceS} s`;
      void this.stop(detail, new FleetError('AGENT_REFUSED', detail));
    }, announcementPatienceS * 1000);
  }

  /** Settles when the run stops the agent, or fails with a registry error. */
  async done(): Promise<void> {
    try {
      await this.#ended;
    } finally {
      clearTimeout(this.#announcementTimer);
      clearInterval(this.#telemetryTimer);
      this.#working?.abort.abort();
      await this.#link.close();
    }
  }

  /** Ends the agent in order: says goodbye and why, then disconnects. */
  async stop(reason: string, error?: FleetError): Promise<void> {
    // Asked by message and by signal at the end of a run: one goodbye is enough.
    if (this.#isOver()) return;
    this.#state = 'offline';
    await this.#link.leave(this.#status('offline', reason), goodbyePatienceMs);
    this.#end(error);
  }

  async #announced(announcement: RunAnnouncement): Promise<void> {
    // A retained message comes again after a reconnect.
    if (this.#isAnnounced || announcement.runId !== this.#options.run) return;
    this.#isAnnounced = true;
    clearTimeout(this.#announcementTimer);
    try {
      const service = await LocalService.open(this.#options.client, announcement, this.#options);
      if (this.#isOver()) return;
      this.#service = service;
    } catch (cause) {
      if (this.#isOver()) return;
      const error = toFleetError(cause);
      await this.stop(error.toLine(), error);
      return;
    }
    this.#enter('idle');
    this.#startTelemetry(this.#service.telemetryIntervalS);
    this.#options.onReady?.();
    this.#proceed();
  }

  #planned(plan: RoundPlan): void {
    const isSaidAgain = this.#plan?.round === plan.round && this.#plan.modelSha256 === plan.modelSha256;
    this.#plan = plan;
    this.#downloads.follow(plan);
    // An aggregator that was killed goes back to an earlier round: nobody waits for what is in work.
    if (this.#working !== undefined && !isOf(plan, this.#working.model)) this.#working.abort.abort();
    // The aggregator says its plan again after a break, and may have missed what came meanwhile; so may one that
    // has gone back to the round of the last upload.
    if (isSaidAgain || this.#hasUploaded(plan)) this.#repeat();
    else this.#proceed();
  }

  #modelChunk(chunk: Chunk): boolean {
    const outcome = this.#downloads.add(chunk, performance.now());
    if (outcome === 'complete') this.#proceed();
    return outcome !== 'rejected';
  }

  /** Plan, model and share come in any order: goes on as soon as all three are there. */
  #proceed(): void {
    const plan = this.#plan;
    if (this.#service === undefined || plan === undefined || this.#working !== undefined) return;
    if (!plan.participants.includes(this.#options.client)) {
      // It was still on its way into a round that went on without it.
      if (this.#state === 'waiting' || this.#state === 'fetching') this.#enter('idle');
      return;
    }
    if (this.#hasUploaded(plan)) return;
    if (this.#downloads.planned !== undefined) {
      this.#readyAt = performance.now();
      this.#enter('waiting');
    } else if (this.#state !== 'fetching') {
      this.#enter('fetching');
    }
  }

  #commanded(command: Command): void {
    switch (command.command) {
      case 'dispatch':
        void this.#train(command.round);
        break;
      case 'abandon':
        if (this.#working?.model.round === command.round) this.#working.abort.abort();
        break;
      case 'stop':
        void this.stop(command.reason);
        break;
    }
  }

  async #train(round: number): Promise<void> {
    const service = this.#service;
    const model = this.#downloads.planned;
    if (service === undefined || this.#working !== undefined || this.#plan?.round !== round) return;
    // A dispatch may come twice; the work is done once.
    if (model === undefined || this.#hasUploaded(this.#plan)) return;
    const abort = new AbortController();
    this.#working = { model, abort };
    try {
      const upload = await this.#work(service, model, abort.signal);
      if (upload !== undefined) await this.#upload(model, upload);
    } catch (cause) {
      if (abort.signal.aborted) return;
      const { code, message } = toFleetError(cause, 'TRAINING_FAILED');
      const failReason = `${code}: ${message}`.slice(0, 500);
      // Cannot be said only when the link has ended, which `done` reports.
      const upload: Upload = { result: { outcome: 'failed', round, failReason }, chunks: [] };
      await this.#upload(model, upload).catch(() => {});
    } finally {
      this.#working = undefined;
      if (this.#state !== 'offline') {
        this.#enter('idle');
        this.#proceed();
      }
    }
  }

  async #work(service: LocalService, model: HeldModel, signal: AbortSignal): Promise<Upload | undefined> {
    const dispatchWaitS = (performance.now() - this.#readyAt) / 1000;
    this.#enter('training');
    const workStarted = performance.now();
    const cpuBefore = cpuTimeS();
    const work = await service.work(model.round, model.weights, signal);
    if (signal.aborted) return undefined;
    const cpuTime = cpuTimeS() - cpuBefore;
    const wallTimeS = (performance.now() - workStarted) / 1000;
    this.#enter('uploading');
    const serializeStarted = performance.now();
    const bytes = weightsToBytes(work.weights);
    const chunks = splitIntoChunks(bytes, model.round);
    const uploadStarted = performance.now();
    await Promise.all(chunks.map((chunk) => this.#link.update(chunk)));
    return {
      chunks,
      result: {
        outcome: 'trained',
        round: model.round,
        updateSha256: chunks[0]?.sha256 ?? sha256(bytes),
        metrics: {
          ...work.metrics,
          paramsCount: work.weights.length,
          dispatchWaitS,
          downloadTimeS: model.downloadTimeS,
          serializeTimeS: (uploadStarted - serializeStarted) / 1000,
          uploadTimeS: (performance.now() - uploadStarted) / 1000,
          cpuTimeS: cpuTime,
          cpuUtilization: cpuTime / wallTimeS,
          memoryUsedMb: residentMb(),
          memoryUtilization: Math.min(1, process.memoryUsage.rss() / totalmem()),
          commBytesUp: bytes.byteLength,
          commBytesDown: model.bytes,
        },
      },
    };
  }

  async #upload({ round, sha256 }: HeldModel, upload: Upload): Promise<void> {
    // Not the weights: a model that is over must not be kept.
    this.#lastUpload = { ...upload, model: { round, sha256 } };
    await this.#link.result(upload.result);
  }

  #hasUploaded(plan: RoundPlan): boolean {
    return this.#lastUpload !== undefined && isOf(plan, this.#lastUpload.model);
  }

  /** Says state and update again, to a broker that lost its memory or an aggregator that was away. */
  #repeat(): void {
    this.#enter(this.#state);
    const upload = this.#lastUpload;
    if (upload === undefined || this.#plan === undefined || !this.#hasUploaded(this.#plan)) return;
    for (const chunk of upload.chunks) void this.#link.update(chunk).catch(() => {});
    void this.#link.result(upload.result).catch(() => {});
  }

  /** Stopped, though work that began before may still come to its end. */
  #isOver(): boolean {
    return this.#state === 'offline';
  }

  #enter(state: AgentState): void {
    // The goodbye is the last word.
    if (this.#isOver()) return;
    this.#state = state;
    // Fails only when the link ends, which `done` reports.
    void this.#link.status(this.#status(state)).catch(() => {});
  }

  #status(state: AgentState, reason?: string): AgentStatus {
    return {
      state,
      round: this.#plan?.round ?? 0,
      host: hostname(),
      cores: availableParallelism(),
      pid: process.pid,
      engine: this.#service?.engine ?? '',
      samples: this.#service?.samples ?? 0,
      shareSha256: this.#service?.shareSha256 ?? '',
      ...(reason === undefined ? {} : { reason: reason.slice(0, 500) }),
    };
  }

  #startTelemetry(intervalS: number): void {
    const read = createProcessMeter();
    const tell = (): void =>
      this.#link.telemetry({
        ...read(),
        phase: this.#state,
        round: this.#plan?.round ?? 0,
        queueLength: this.#link.queueLength,
        bytesSent: this.#link.bytesSent,
        bytesReceived: this.#link.bytesReceived,
      });
    // At once too: a run may be over before the first interval is.
    tell();
    this.#telemetryTimer = setInterval(tell, intervalS * 1000);
  }
}

/** Whether a model is the one that the plan's round begins with. */
const isOf = (plan: RoundPlan, model: Pick<HeldModel, 'round' | 'sha256'>): boolean =>
  model.round === plan.round && model.sha256 === plan.modelSha256;
