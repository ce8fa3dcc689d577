import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { decode, encode } from '@msgpack/msgpack';
import { z } from 'zod';
import { FleetError, sha256, weightsFromBytes, weightsToBytes } from '#protocol';

/** All that a run needs to go on after a round, beyond its configuration and what the store has. */
export interface Checkpoint {
  readonly round: number;
  /** The global model after the round. */
  readonly weights: Float32Array;
  /** Of the aggregation strategy, see `AggregationStrategy.memory`. */
  readonly memory: readonly Float64Array[];
}

const bytes = z.instanceof(Uint8Array);
const fileSchema = z.object({
  format: z.literal(1),
  round: z.int().positive(),
  weights: bytes,
  weightsSha256: z.string(),
  memory: z.array(bytes),
});

/**
 * The checkpoints of one run, a file a round. The file of a round is on disk before the round's records
 * are on their way to the store, and stays until those of the next two rounds are: whatever round the
 * store has last when the process is killed, its file is there.
 */
export class CheckpointFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws FleetError OUTPUT_UNWRITABLE */
  write({ round, weights, memory }: Checkpoint): void {
    const model = weightsToBytes(weights);
    const content = {
      format: 1,
      round,
      weights: model,
      weightsSha256: sha256(model),
      memory: memory.map(
        ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
      ),
    };
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeDurably(this.#folder, nameOf(round), encode(content));
      rmSync(this.#path(round - 3), { force: true });
    } catch (cause) {
      throw new FleetError('OUTPUT_UNWRITABLE', `${this.#path(round)} (${messageOf(cause)})`, { cause });
    }
  }

  /**
   * @param weightsSha256 what the store says of the round's global model
   * @throws FleetError RESUME_IMPOSSIBLE when the file is missing, damaged or of another model
   */
  read(round: number, weightsSha256: string): Checkpoint {
    const path = this.#path(round);
    try {
      const content = fileSchema.parse(decode(readFileSync(path)));
      if (content.round !== round || sha256(content.weights) !== weightsSha256) {
        throw new Error(`not the global model that the store names after round ${round}`);
      }
      return {
        round,
        // Copies: the decoder's views lie anywhere in the file's buffer, unaligned.
        weights: weightsFromBytes(new Uint8Array(content.weights)),
        memory: content.memory.map((array) => new Float64Array(new Uint8Array(array).buffer)),
      };
    } catch (cause) {
      const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      const reason = isMissing
        ? 'no such file; checkpoints lie elsewhere or were not kept'
        : messageOf(cause);
      throw new FleetError('RESUME_IMPOSSIBLE', `${path}: ${reason}`, { cause });
    }
  }

  /** Deletes all of them, when the run has finished. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(round: number): string {
    return join(this.#folder, nameOf(round));
  }
}

const nameOf = (round: number): string => `round-${round}.checkpoint`;

/** Whole or not at all, also after a power failure. */
function writeDurably(folder: string, name: string, content: Uint8Array): void {
  const path = join(folder, name);
  const partial = `${path}.part`;
  try {
    // Not `writeSync`: it may write a part only, and says so by a number alone.
    writeFileSync(partial, content, { flush: true });
    renameSync(partial, path);
  } catch (cause) {
    rmSync(partial, { force: true });
    throw cause;
  }
  // The new name is in the folder itself; Windows cannot sync folders and does not need to.
  if (process.platform !== 'win32') syncFolder(folder);
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
