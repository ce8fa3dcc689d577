import { FleetError, type RunConfig } from '#protocol';
import { isNetwork, type Model } from './models/model.js';
import type { ModelSpec } from './models/model-spec.js';
import type { Trainer } from './trainer.js';

/** Whether one training engine works on this machine. */
export interface EngineProbe {
  readonly name: string;
  readonly version: string;
  readonly available: boolean;
  /** Why it does not work, in one line. */
  readonly reason?: string;
}

/**
 * Makes a trainer for a model. `auto` takes the fastest engine that works here; engines are loaded
 * only now, because they cost more to load than most commands take.
 *
 * @throws FleetError ENGINE_UNAVAILABLE when no engine works
 * @example
 * const trainer = await createTrainer(mlpSpec(datasetInfo('mnist'), [128, 64]), 'auto')
 */
export async function createTrainer(spec: Model, engine: RunConfig['engine']): Promise<Trainer> {
  if (!isNetwork(spec)) return createNative(spec);
  switch (engine) {
    case 'auto':
      return (await createOnnx(spec).catch(unlessUnavailable)) ?? (await createTfjs(spec));
    case 'onnx':
      return createOnnx(spec);
    case 'tfjs':
      return createTfjs(spec);
  }
}

/** Families that are no networks need no engine. */
async function createNative(spec: Exclude<Model, ModelSpec>): Promise<Trainer> {
  if (spec.kind === 'k-means') {
    const { KMeansTrainer } = await import('./kmeans/kmeans-trainer.js');
    return new KMeansTrainer(spec);
  }
  const { ForestTrainer } = await import('./forest/forest-trainer.js');
  return new ForestTrainer(spec);
}

async function createOnnx(spec: ModelSpec): Promise<Trainer> {
  const { createOnnxTrainer } = await import('./onnx/onnx-trainer.js');
  return createOnnxTrainer(spec);
}

async function createTfjs(spec: ModelSpec): Promise<Trainer> {
  const { createTfjsTrainer } = await import('./tfjs/tfjs-trainer.js');
  return createTfjsTrainer(spec);
}

function unlessUnavailable(cause: unknown): undefined {
  if (cause instanceof FleetError && cause.code === 'ENGINE_UNAVAILABLE') return undefined;
  throw cause;
}

/** Tries every engine, the fastest first. Changes which one is active: for diagnosis only. */
export async function probeEngines(): Promise<EngineProbe[]> {
  const [{ probeOnnx }, { probeBackends }] = await Promise.all([
    import('./onnx/session.js'),
    import('./tfjs/backend.js'),
  ]);
  return [await probeOnnx(), ...(await probeBackends())];
}
