import { type Chunk, ChunkAssembler, type ChunkOutcome, type RoundPlan, weightsFromBytes } from '#protocol';

/** A global model that has come in whole. */
export interface HeldModel {
  readonly round: number;
  readonly sha256: string;
  readonly weights: Float32Array;
  readonly bytes: number;
  readonly downloadTimeS: number;
}

/** One model on its way in. */
interface Download {
  readonly round: number;
  readonly sha256: string;
  readonly assembler: ChunkAssembler;
  /** By the caller's clock, ms. */
  readonly startedAt: number;
  model: HeldModel | undefined;
}

/** That of the plan and one more: the next round's model comes before its plan does. */
const maxDownloads = 2;

/**
 * The models that an agent receives, each put together on its own: retained chunks of one round come mixed with
 * those of the next, and an aggregator that was killed goes back to an earlier round. No model is too old or too
 * new, therefore; the plan alone decides which of them is used, and that one is never given up for another.
 */
export class ModelDownloads {
  /** The one that began first comes first. */
  #downloads: readonly Download[] = [];
  #plan: RoundPlan | undefined;

  /** @param plan of the round that is on now */
  follow(plan: RoundPlan): void {
    this.#plan = plan;
    if (this.planned === undefined) return;
    // With the plan's model at hand, the one before it is of no use any more: its memory is free for the next.
    this.#downloads = this.#downloads.filter((one) => this.#isPlanned(one) || one.model === undefined);
  }

  /**
   * Takes a chunk in; one that does not fit its model, or float32 weights, is rejected.
   * @param now milliseconds by a clock that does not jump
   * @returns `complete` when a model has become whole by it
   */
  add(chunk: Chunk, now: number): ChunkOutcome['kind'] {
    if (chunk.total % 4 !== 0) return 'rejected';
    const download = this.#find(chunk) ?? this.#begin(chunk, now);
    const outcome = download.assembler.add(chunk);
    if (outcome.kind !== 'complete') return outcome.kind;
    download.model = {
      round: outcome.round,
      sha256: outcome.sha256,
      weights: weightsFromBytes(outcome.bytes),
      bytes: outcome.bytes.byteLength,
      downloadTimeS: (now - download.startedAt) / 1000,
    };
    return outcome.kind;
  }

  /** The plan's model, once it is whole. */
  get planned(): HeldModel | undefined {
    return this.#downloads.find((download) => this.#isPlanned(download))?.model;
  }

  #find({ round, sha256 }: Chunk): Download | undefined {
    return this.#downloads.find((download) => download.round === round && download.sha256 === sha256);
  }

  #begin({ round, sha256 }: Chunk, startedAt: number): Download {
    const download = { round, sha256, assembler: new ChunkAssembler(), startedAt, model: undefined };
    const excess = this.#downloads.length - maxDownloads + 1;
    const givenUp = this.#downloads.filter((one) => !this.#isPlanned(one)).slice(0, Math.max(0, excess));
    this.#downloads = [...this.#downloads.filter((one) => !givenUp.includes(one)), download];
    return download;
  }

  #isPlanned({ round, sha256 }: Download): boolean {
    return this.#plan?.round === round && this.#plan.modelSha256 === sha256;
  }
}
