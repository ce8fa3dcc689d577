import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { FleetError } from '#protocol';
import type { EngineProbe } from '../create-trainer.js';
import './gradients.js';
import { registerWasmKernels } from './wasm-kernels/register.js';

/** One way to run TensorFlow.js operations: a package that registers a backend. */
interface BackendSource {
  /** The engine's name as runs record it. */
  readonly name: string;
  /** The name it registers under. */
  readonly backend: string;
  readonly load: () => Promise<unknown>;
}

export interface ActiveBackend {
  readonly name: string;
  readonly version: string;
}

// Not a dependency: it brings half a gigabyte and a native build. A variable, because the compiler
// resolves the names of literal imports, and this package is rarely there.
const nodePackage: string = '@tensorflow/tfjs-node';

/** Fastest first. */
const ladder: readonly BackendSource[] = [
  { name: 'tfjs-node', backend: 'tensorflow', load: () => import(nodePackage) },
  { name: 'tfjs-wasm', backend: 'wasm', load: loadWasm },
  { name: 'tfjs-cpu', backend: 'cpu', load: () => import('@tensorflow/tfjs-backend-cpu') },
];

async function loadWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(main) + sep);
  registerWasmKernels();
  // Threads would make sums depend on the number of cores.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
}

let active: Promise<ActiveBackend> | undefined;

/**
 * Activates the first backend that loads and computes; once a process.
 * @throws FleetError ENGINE_UNAVAILABLE with the reason of each
 */
export function activateBackend(): Promise<ActiveBackend> {
  active ??= firstThatWorks();
  return active;
}

async function firstThatWorks(): Promise<ActiveBackend> {
  const reasons: string[] = [];
  for (const source of ladder) {
    const { available, reason } = await probe(source);
    if (available) return { name: source.name, version: tf.version_core };
    reasons.push(`${source.name}: ${reason}`);
  }
  throw new FleetError('ENGINE_UNAVAILABLE', reasons.join('; '));
}

/** Tries every backend, then goes back to the one that training uses. */
export async function probeBackends(): Promise<EngineProbe[]> {
  const probes: EngineProbe[] = [];
  for (const source of ladder) probes.push(await probe(source));
  active = undefined;
  await activateBackend();
  return probes;
}

/** Loads a backend, makes it the active one and lets it compute something known. */
async function probe({ name, backend, load }: BackendSource): Promise<EngineProbe> {
  const version = tf.version_core;
  const restoreListeners = rememberListeners();
  try {
    tf.enableProdMode();
    await load();
    if (!(await tf.setBackend(backend))) throw new Error('does not initialise');
    await tf.ready();
    const product = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0]);
    if (product !== 11) throw new Error(`computes 1*3 + 2*4 = ${product}`);
    return { name, version, available: true };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { name, version, available: false, reason: message.split('\n')[0] ?? '' };
  } finally {
    restoreListeners();
  }
}

/**
 * The wasm module's start-up code listens to the process's uncaught errors and throws them again,
 * which would take them away from whoever handles them; what it adds is taken off.
 */
function rememberListeners(): () => void {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = new Set(events.flatMap((event) => process.rawListeners(event)));
  return () => {
    for (const event of events) {
      for (const listener of process.rawListeners(event)) {
        if (!before.has(listener)) process.off(event, listener as (...args: unknown[]) => void);
      }
    }
  };
}
