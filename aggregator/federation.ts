import {
  type AgentStatus,
  type Chunk,
  clientIndex,
  FleetError,
  type Quality,
  type RoundResult,
  type RoundState,
  randomStream,
  sha256,
  weightsToBytes,
} from '#protocol';
import { abortable } from './abortable.js';
import { Absences } from './absences.js';
import { Bell } from './bell.js';
import { Collection } from './collection.js';
import type { FederationOptions, FederationResult } from './federation-options.js';
import { Roster } from './roster.js';
import { clientOutcome, newRound, type Round } from './round.js';
import { UpdateIntake } from './update-intake.js';

/** Seconds that a round waits for an agent that is away, for instance while it is restarted. */
const absenceGraceS = 20;

const nextState: Readonly<Record<RoundState, RoundState>> = {
  announce: 'collect',
  collect: 'aggregate',
  aggregate: 'evaluate',
  evaluate: 'compose',
  compose: 'store',
  store: 'announce',
};

/**
 * The federated rounds: announce, collect until all are in or the time is up, aggregate in client
 * order, evaluate, compose the next round, store, next. Messages come in through `onStatus`,
 * `onUpdateChunk` and `onResult`, in any order; the outcome of a round does not depend on it.
 */
export class Federation {
  readonly #options: FederationOptions;
  readonly #roster: Roster;
  /** Of the participants of the round. */
  #absences = new Absences();
  #intake: UpdateIntake | undefined;
  #weights: Float32Array;
  #weightsSha256: string;
  /** The global model on the test set; the initial one's before the first round. */
  #quality: Quality = { loss: Number.NaN };
  #collection: Collection | undefined;
  /** Rung when an agent or its part in the round has changed. */
  readonly #bell = new Bell();
  #round: Round;
  #nextParticipants: readonly number[] = [];
  #hasWarnedOfFewUpdates = false;
  /** The publication of the round's plan and model. */
  #announcing: Promise<void> = Promise.resolve();
  /** All finished rounds on their way to the disk; the next ones go on meanwhile. */
  #storing: Promise<void> = Promise.resolve();
  /** All of them but the last. */
  #storingEarlier: Promise<void> = Promise.resolve();

  constructor(options: FederationOptions) {
    this.#options = options;
    this.#roster = new Roster(options.config.clients, Date.now());
    this.#weights = options.initialWeights;
    this.#weightsSha256 = sha256(weightsToBytes(this.#weights));
    this.#round = newRound(0, [], this.#quality, Date.now());
  }

  /**
   * Runs all rounds.
   * @throws FleetError AGENTS_MISSING when no agent comes in time, INTERRUPTED when aborted
   */
  async run(): Promise<FederationResult> {
    const { config, resumeAfter } = this.#options;
    const done = resumeAfter?.round ?? 0;
    this.#quality = resumeAfter?.evaluation ?? (await this.#options.evaluate(this.#weights));
    this.#round = newRound(done, [], this.#quality, Date.now());
    if (resumeAfter !== undefined) this.#options.link.mayHaveLeft(this.#weights.byteLength);
    try {
      if (done < config.rounds) await this.#rounds(done + 1);
    } finally {
      this.#publishDropped();
    }
    return {
      rounds: this.#round.number,
      global: this.#quality,
      weights: this.#weights,
      weightsSha256: this.#weightsSha256,
    };
  }

  async #rounds(first: number): Promise<void> {
    // The run itself, while its agents start: a store's first checkpoint takes much longer than the others, and
    // who is killed in the first round is to leave a run that can be resumed.
    this.#beginCheckpoint();
    await abortable(this.#storing, this.#options.signal);
    await this.#awaitAgents();
    this.#compose(first);
    let state: RoundState = 'announce';
    this.#round = newRound(first, this.#nextParticipants, this.#quality, Date.now());
    for (;;) {
      this.#throwIfAborted();
      this.#publishState(state);
      await this.#perform(state);
      if (state === 'store') {
        if (this.#round.number === this.#options.config.rounds) return this.#storing;
        await this.#options.mayBegin?.();
        this.#round = newRound(this.#round.number + 1, this.#nextParticipants, this.#quality, Date.now());
      }
      state = nextState[state];
    }
  }

  onStatus(client: number, status: AgentStatus): void {
    const at = Date.now();
    this.#roster.update(client, status, at);
    const { state, round, pid, reason, host, cores, engine } = status;
    const device = { host, cores, engine };
    this.#options.events.publish({ type: 'agent-state', ts: at, client, state, round, pid, device, reason });
    const collection = this.#collection;
    this.#noteAbsence(client);
    if (collection !== undefined) this.#advance(collection, client, status, at);
    this.#bell.ring();
  }

  /** @returns why the chunk is of no use; undefined when it is, or came before */
  onUpdateChunk(client: number, chunk: Chunk): string | undefined {
    const refusal = this.#refusal(client, chunk.round);
    const collection = this.#collection;
    const intake = this.#intake;
    if (refusal !== undefined || collection === undefined || intake === undefined) return refusal;
    // Memory is set aside only for whom this round still waits for.
    if (!collection.isOpen(client)) return undefined;
    const isFirst = !intake.hasRejected(client);
    const outcome = intake.add(client, chunk);
    if (outcome.kind === 'update') {
      collection.updated(client, outcome.weights, outcome.sha256, Date.now());
      this.#bell.ring();
    }
    if (outcome.kind !== 'rejected') return undefined;
    if (isFirst) this.#warn('UPDATE_REJECTED', outcome.cause, { client, round: collection.round });
    return 'rejected';
  }

  /** @returns why the result is of no use; undefined when it is, or came before */
  onResult(client: number, result: RoundResult): string | undefined {
    const refusal = this.#refusal(client, result.round);
    const collection = this.#collection;
    if (refusal !== undefined || collection === undefined) return refusal;
    if (result.outcome === 'failed') collection.reportedFailure(client, result.failReason, Date.now());
    else this.#trained(collection, client, result);
    // The result comes after the update: what was rejected of it does not come again, so nobody waits for it.
    if (this.#intake?.hasRejected(client)) collection.fail(client, 'update_rejected', Date.now());
    this.#bell.ring();
    return undefined;
  }

  /** An update weighs as much as its client says that it trained on, which is never more than it has. */
  #trained(
    collection: Collection,
    client: number,
    { metrics, updateSha256 }: Extract<RoundResult, { outcome: 'trained' }>,
  ): void {
    const samples = Math.min(metrics.samples, this.#options.shares[client]?.samples ?? 0);
    // Of nothing, no update can be: it would have no weight in the mean.
    if (samples === 0) collection.fail(client, 'update_rejected', Date.now());
    else collection.trained(client, { ...metrics, samples }, updateSha256, Date.now());
  }

  /** Why nothing is taken of a client's part in a round. */
  #refusal(client: number, round: number): string | undefined {
    if (this.#collection?.round !== round) return 'of another round';
    return this.#collection.takesPart(client) ? undefined : 'not awaited';
  }

  /** Whether somebody is connected as that client. */
  isConnected(client: number): boolean {
    return this.#roster.isConnected(client);
  }

  /** The agent's process is gone for good. */
  onGivenUp(client: number): void {
    this.#roster.giveUp(client);
    this.#noteAbsence(client);
    this.#bell.ring();
  }

  /** Resolves when the last connected agent has said goodbye, or was said goodbye of by its last will. */
  async departed(): Promise<void> {
    while (!this.#roster.isEmpty()) await this.#bell.rings();
  }

  #advance(collection: Collection, client: number, status: AgentStatus, at: number): void {
    if (status.state === 'offline') {
      collection.fail(client, 'agent_lost', at);
    } else if (status.round === collection.round) {
      if (status.state === 'waiting') this.#admit(collection, client, status, at);
      if (status.state === 'uploading') collection.uploading(client);
      // It lost its connection, was counted as lost, and is back at its work: its core belongs to others now.
      if (status.state === 'training' && collection.hasFailed(client))
        this.#abandon(client, collection.round);
    }
  }

  /** An agent that derived another share works on other data: it is not let in. */
  #admit(collection: Collection, client: number, status: AgentStatus, at: number): void {
    if (status.shareSha256 === this.#options.shares[client]?.shareSha256) {
      collection.ready(client, status.host, status.cores);
    } else {
      collection.fail(client, 'data_mismatch', at);
    }
  }

  async #perform(state: RoundState): Promise<void> {
    switch (state) {
      case 'announce':
        return this.#announce();
      case 'collect':
        return this.#collect();
      case 'aggregate':
        return this.#aggregate();
      case 'evaluate':
        return this.#evaluate();
      case 'compose':
        if (this.#round.number < this.#options.config.rounds) this.#compose(this.#round.number + 1);
        return;
      case 'store':
        return this.#store();
    }
  }

  async #announce(): Promise<void> {
    const { number, participants, startedAt } = this.#round;
    const collection = new Collection(number, participants, startedAt);
    const absent = new Set(participants.filter((client) => this.#dropsOut(client, number)));
    for (const client of absent) collection.fail(client, 'client_dropout', startedAt);
    this.#collection = collection;
    this.#absences = new Absences();
    for (const client of participants) this.#noteAbsence(client);
    const model = weightsToBytes(this.#weights);
    const { anyLength, isSound } = this.#options.updateRules;
    this.#intake = new UpdateIntake({ updateBytes: anyLength ? undefined : model.byteLength, isSound });
    const plan = {
      round: number,
      participants: participants.filter((client) => !absent.has(client)),
      modelSha256: this.#weightsSha256,
      modelBytes: model.byteLength,
    };
    this.#announcing = this.#options.link.publishRound(plan, model);
    // Agents that have it go on before the broker has confirmed all of it; the end of the round waits for that.
    this.#announcing.catch(() => {});
  }

  /** Whether a chosen client is not available, by `--client-dropout-rate`. */
  #dropsOut(client: number, round: number): boolean {
    const { clientDropoutRate, seed } = this.#options.config;
    if (clientDropoutRate === 0) return false;
    return randomStream(seed, 'availability', client, round).float() < clientDropoutRate;
  }

  async #collect(): Promise<void> {
    const collection = this.#collection;
    if (collection === undefined) return;
    const { config, link } = this.#options;
    const began = performance.now();
    const deadline = Date.now() + config.roundTimeoutS * 1000;
    for (;;) {
      this.#throwIfAborted();
      const now = Date.now();
      for (const client of this.#absences.take(now)) collection.fail(client, 'not_connected', now);
      for (const client of collection.dispatch(now)) {
        void link.command(client, { command: 'dispatch', round: collection.round }).catch(() => {});
      }
      if (collection.isOver()) break;
      if (now >= deadline) {
        for (const client of collection.expire(now)) this.#abandon(client, collection.round);
        break;
      }
      await this.#bell.rings(Math.min(deadline, this.#absences.next), this.#options.signal);
    }
    // Without a broker the publication never ends: an abort must get through.
    await abortable(this.#announcing, this.#options.signal);
    this.#round.collectTimeS = (performance.now() - began) / 1000;
  }

  #abandon(client: number, round: number): void {
    void this.#options.link.command(client, { command: 'abandon', round }).catch(() => {});
  }

  /** Looks whether a client is away. */
  #noteAbsence(client: number): void {
    this.#absences.note(client, this.#roster.missingAt(client, absenceGraceS * 1000));
  }

  async #aggregate(): Promise<void> {
    const began = performance.now();
    this.#round.aggregationStartedAt = Date.now();
    const updates = this.#collection?.updates() ?? [];
    if (updates.length > 0) {
      this.#warnOfFewUpdates(updates.length);
      this.#weights = this.#options.aggregation.aggregate(
        this.#weights,
        updates.map(({ client, weights, metrics }) => ({ client, weights, samples: metrics.samples })),
        this.#round.number,
      );
      this.#weightsSha256 = sha256(weightsToBytes(this.#weights));
    } else {
      const { number: round } = this.#round;
      this.#warn('NO_UPDATES', `round ${round}: no update came in, the model stays`, { round });
    }
    this.#round.aggregateTimeS = (performance.now() - began) / 1000;
  }

  /** Once a run: of clients that stay away it would be said in every round. */
  #warnOfFewUpdates(count: number): void {
    const { name, leastUpdates = 0 } = this.#options.aggregation;
    if (count >= leastUpdates || this.#hasWarnedOfFewUpdates) return;
    this.#hasWarnedOfFewUpdates = true;
    const { number: round } = this.#round;
    const message = `round ${round}: of ${count} updates ${name} promises nothing, it needs ${leastUpdates} (--byzantine-share)`;
    this.#warn('FEW_UPDATES', message, { round });
  }

  async #evaluate(): Promise<void> {
    const began = performance.now();
    this.#quality = await this.#options.evaluate(this.#weights);
    this.#round.evaluateTimeS = (performance.now() - began) / 1000;
  }

  #compose(round: number): void {
    const { composition, config, events } = this.#options;
    const eligible = Array.from({ length: config.clients }, (_, client) => client);
    const chosen = composition.choose({ round, eligible });
    this.#nextParticipants = chosen;
    events.publish({
      type: 'composition',
      ts: Date.now(),
      round,
      strategy: composition.name,
      eligible,
      chosen,
    });
  }

  async #store(): Promise<void> {
    const { events, config } = this.#options;
    const round = this.#round;
    // Two rounds at a time: should this process be killed, the store has got to one of the last three models on
    // disk.
    await this.#storingEarlier;
    this.#options.saveModel(round.number, this.#weights);
    const outcomes = Array.from({ length: config.clients }, (_, client) =>
      clientOutcome(client, round, this.#collection?.outcome(client), this.#options.shares[client]),
    );
    this.#publishDropped();
    const ts = Date.now();
    for (const outcome of outcomes) events.publish({ type: 'client-finished', ts, outcome });
    const participated = outcomes.filter((outcome) => outcome.participated).length;
    events.publish({
      type: 'round-finished',
      ts,
      round: round.number,
      startedAt: round.startedAt,
      attempted: outcomes.filter((outcome) => outcome.attempted).length,
      participated,
      failed: round.participants.length - participated,
      global: this.#quality,
      paramsCount: this.#weights.length,
      weightsSha256: this.#weightsSha256,
      collectTimeS: round.collectTimeS,
      aggregateTimeS: round.aggregateTimeS,
      evaluateTimeS: round.evaluateTimeS,
    });
    this.#collection = undefined;
    this.#intake = undefined;
    this.#beginCheckpoint();
  }

  #beginCheckpoint(): void {
    this.#storingEarlier = this.#storing;
    this.#storing = Promise.all([this.#storing, this.#options.checkpoint()]).then(() => {});
    // What goes wrong is thrown where it is waited for: two rounds later, or at the end.
    this.#storing.catch(() => {});
  }

  /** Waits until every agent is ready, or goes on with those that are when the start time is up. */
  async #awaitAgents(): Promise<void> {
    const { clients, startTimeoutS } = this.#options.config;
    const deadline = Date.now() + startTimeoutS * 1000;
    while (this.#roster.awaitedCount() > 0 && Date.now() < deadline) {
      this.#throwIfAborted();
      await this.#bell.rings(deadline, this.#options.signal);
    }
    this.#throwIfAborted();
    const ready = this.#roster.readyCount();
    if (ready === 0) throw new FleetError('AGENTS_MISSING', `none of ${clients} within ${startTimeoutS} s`);
    if (ready < clients) {
      this.#warn('AGENTS_MISSING', `${clients - ready} of ${clients} agents are not there; starting`);
    }
  }

  #throwIfAborted(): void {
    const { signal } = this.#options;
    if (!signal.aborted) return;
    throw signal.reason instanceof FleetError
      ? signal.reason
      : new FleetError('INTERRUPTED', `in round ${this.#round.number}`);
  }

  #publishState(state: RoundState): void {
    const { number: round, participants } = this.#round;
    this.#options.events.publish({ type: 'round-state', ts: Date.now(), round, state, participants });
  }

  /** How many messages were dropped, by agent and cause, since the last round ended. */
  #publishDropped(): void {
    const { number: round } = this.#round;
    for (const { agent, cause, count } of this.#options.link.takeDropped()) {
      const client = clientIndex(agent);
      this.#warn('MESSAGES_DROPPED', `${count} messages of ${agent} dropped: ${cause}`, { client, round });
    }
  }

  #warn(
    code: string,
    message: string,
    about: { readonly client?: number | undefined; readonly round?: number } = {},
  ): void {
    this.#options.events.publish({ type: 'log', ts: Date.now(), level: 'warn', code, message, ...about });
  }
}
