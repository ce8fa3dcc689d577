import { Federation } from '#aggregator';
import { createComposition } from '#composition';
import { DropCounter } from '#internal/aggregator/drop-counter.js';
import { createAggregation } from '#learning';
import {
  type AgentState,
  type AgentStatus,
  agentId,
  type ClientOutcome,
  type ClientShare,
  parseRunConfig,
  type RunEvent,
  RunEventStream,
  sha256,
  splitIntoChunks,
  weightsFromBytes,
  weightsToBytes,
} from '#protocol';
import { clientShare } from '../../client-share.js';
import { trainingMetrics as metrics } from '../training-metrics.js';

interface FinishedRound {
  readonly round: number;
  readonly evaluation: { readonly loss: number; readonly accuracy: number };
}

/** Agents in memory: each adds (client + 1) × round to every weight. Nothing but time is simulated. */
export class MemoryFleet {
  readonly events = new RunEventStream();
  readonly seen: RunEvent[] = [];
  readonly federation: Federation;
  readonly controller = new AbortController();
  /** Called instead of training, where a test wants a client to misbehave. */
  readonly misbehave = new Map<number, (round: number) => void>();
  readonly #uploadOrder: (clients: number[]) => number[];
  readonly clients: number;
  #model: Float32Array = new Float32Array(0);
  #dispatched: number[] = [];
  checkpoints = 0;
  /** What a checkpoint waits for. */
  disk: Promise<void> = Promise.resolve();
  readonly models: { round: number; weights: number[] }[] = [];
  readonly abandoned: number[] = [];
  /** Bytes of models that a killed process may have left on the broker. */
  readonly left: number[] = [];
  readonly #drops = new DropCounter();

  constructor(
    clients: number,
    config: Record<string, unknown>,
    uploadOrder: (clients: number[]) => number[] = (clients) => clients,
    {
      initialWeights = new Float32Array([0, 1, 2]),
      resumeAfter = undefined as FinishedRound | undefined,
      isSound = (_: Float32Array): boolean => true,
    } = {},
  ) {
    this.clients = clients;
    this.#uploadOrder = uploadOrder;
    const parsed = parseRunConfig({ clients, ...config });
    const shares: ClientShare[] = Array.from({ length: clients }, (_, client) => ({
      ...clientShare(client, [10 * (client + 1)]),
      shareSha256: sha256(`share ${client}`),
    }));
    this.events.subscribe((event) => this.seen.push(event));
    this.federation = new Federation({
      config: parsed,
      shares,
      initialWeights,
      composition: createComposition(parsed.composition, parsed.seed),
      aggregation: createAggregation(parsed.aggregation, { ...parsed, participants: clients }),
      updateRules: { anyLength: false, isSound },
      events: this.events,
      signal: this.controller.signal,
      evaluate: async (weights) => ({ loss: weights[0] ?? 0, accuracy: 0.5 }),
      saveModel: (round, weights) => void this.models.push({ round, weights: [...weights] }),
      checkpoint: async () => {
        this.checkpoints++;
        await this.disk;
      },
      resumeAfter,
      link: {
        publishRound: async ({ round, participants }, model) => {
          this.#model = weightsFromBytes(model.slice());
          this.#dispatched = [];
          for (const client of participants) this.say(client, 'waiting', round);
        },
        command: async (client, { command, round }) => {
          if (command === 'abandon') this.abandoned.push(client);
          if (command !== 'dispatch') return;
          const special = this.misbehave.get(client);
          if (special) special(round);
          else if (this.#dispatched.push(client) === 1) setTimeout(() => this.#uploadAll(round), 1);
        },
        mayHaveLeft: (modelBytes) => void this.left.push(modelBytes),
        takeDropped: () => this.#drops.take(),
      },
    });
  }

  say(client: number, state: AgentState, round: number, shareSha256 = sha256(`share ${client}`)): void {
    const status: AgentStatus = {
      state,
      round,
      host: 'memory',
      cores: 64,
      pid: 1,
      engine: 'memory',
      samples: 1,
      shareSha256,
    };
    this.federation.onStatus(client, status);
  }

  upload(client: number, round: number): void {
    this.uploadWeights(
      client,
      round,
      this.#model.map((weight) => weight + (client + 1) * round),
    );
  }

  uploadWeights(client: number, round: number, weights: Float32Array, samples = metrics.samples): void {
    const bytes = weightsToBytes(weights);
    for (const chunk of splitIntoChunks(bytes, round)) {
      this.#count(client, this.federation.onUpdateChunk(client, chunk));
    }
    const trained = { ...metrics, samples };
    const result = { outcome: 'trained', round, updateSha256: sha256(bytes), metrics: trained } as const;
    this.#count(client, this.federation.onResult(client, result));
  }

  async run() {
    const done = this.federation.run();
    for (let client = 0; client < this.clients; client++) this.say(client, 'idle', 0);
    return done;
  }

  #count(client: number, refusal: string | undefined): void {
    if (refusal !== undefined) this.#drops.add(agentId(client), refusal);
  }

  rejections(): RunEvent[] {
    return this.seen.filter((event) => event.type === 'log' && event.code === 'UPDATE_REJECTED');
  }

  outcomes(round: number): ClientOutcome[] {
    return this.seen.flatMap((event) =>
      event.type === 'client-finished' && event.outcome.round === round ? [event.outcome] : [],
    );
  }

  #uploadAll(round: number): void {
    for (const client of this.#uploadOrder(this.#dispatched)) this.upload(client, round);
    this.#dispatched = [];
  }
}
