import { compress, decompress, init } from '@bokuweb/zstd-wasm';

/** zstd's default: beyond it, files shrink little and take much longer. */
const level = 3;

export interface Zstd {
  readonly compress: (bytes: Uint8Array) => Uint8Array;
  readonly decompress: (bytes: Uint8Array) => Uint8Array;
}

let loaded: Promise<Zstd> | undefined;

/**
 * Zstandard as WebAssembly. Node has it built in only from 22.15 on; one library for all versions also
 * makes the same bytes everywhere. It is loaded once: the library mixes up the memories of two.
 */
export function loadZstd(): Promise<Zstd> {
  loaded ??= init().then(() => ({ compress: (bytes) => compress(bytes, level), decompress }));
  return loaded;
}
