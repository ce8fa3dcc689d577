import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** What a finished file is: enough to check it later. */
export interface WrittenFile {
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

/** Where encoded bytes go. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** A new file that is written from front to end; its hash is taken on the way. */
export class OutputFile implements ByteSink {
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** @throws when the file is already there */
  static async create(path: string): Promise<OutputFile> {
    return new OutputFile(await open(path, 'wx'));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#bytes += bytes.byteLength;
    // writeFile goes on where a disk took only a part.
    await this.#handle.writeFile(bytes);
  }

  /** Ends the file once it is on the disk. */
  async finish(): Promise<WrittenFile> {
    try {
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}
