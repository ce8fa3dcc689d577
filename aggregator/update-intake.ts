import { allFinite } from '#learning';
import { type Chunk, ChunkAssembler, weightsFromBytes } from '#protocol';

export interface UpdateIntakeOptions {
  /** Bytes of every update; undefined where updates of one family differ in length. */
  readonly updateBytes: number | undefined;
  /** Whether finite weights are a model of the run's family. */
  readonly isSound: (weights: Float32Array) => boolean;
}

export type IntakeOutcome =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'update'; readonly weights: Float32Array; readonly sha256: string }
  | { readonly kind: 'rejected'; readonly cause: string };

/**
 * The updates of one round on their way in: puts each together from its chunks and looks whether it is
 * sound. What is rejected is dropped; a whole and sound update of the same client may still come.
 */
export class UpdateIntake {
  readonly #options: UpdateIntakeOptions;
  readonly #assemblers = new Map<number, ChunkAssembler>();
  readonly #rejected = new Set<number>();

  constructor(options: UpdateIntakeOptions) {
    this.#options = options;
  }

  add(client: number, chunk: Chunk): IntakeOutcome {
    // Where no size is expected, nothing else asks for whole numbers.
    if (chunk.total % 4 !== 0) {
      return this.#reject(client, `transfer of ${chunk.total} bytes, which are not float32 weights`);
    }
    const assembler = this.#assemblers.get(client) ?? new ChunkAssembler(this.#options.updateBytes);
    this.#assemblers.set(client, assembler);
    const outcome = assembler.add(chunk);
    switch (outcome.kind) {
      case 'rejected':
        return this.#reject(client, `chunk ${chunk.index}: ${outcome.reason}`);
      case 'complete': {
        const weights = weightsFromBytes(outcome.bytes);
        if (!allFinite(weights)) return this.#reject(client, 'a weight is not a finite number');
        if (!this.#options.isSound(weights)) return this.#reject(client, 'not a model of this family');
        return { kind: 'update', weights, sha256: outcome.sha256 };
      }
      case 'duplicate':
      case 'incomplete':
        return { kind: 'incomplete' };
    }
  }

  /** Whether something of the client's update was rejected. */
  hasRejected(client: number): boolean {
    return this.#rejected.has(client);
  }

  #reject(client: number, cause: string): IntakeOutcome {
    this.#rejected.add(client);
    return { kind: 'rejected', cause };
  }
}
