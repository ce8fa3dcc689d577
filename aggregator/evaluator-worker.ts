import { parentPort, workerData } from 'node:worker_threads';
import { createModel, createTrainer, type ModelConfig, openDataset } from '#learning';
import { type ErrorCode, type Quality, type RunConfig, toFleetError } from '#protocol';

/** What the evaluation thread needs to load its engine and the test set. */
export interface EvaluatorSetup extends ModelConfig {
  readonly dataset: string;
  readonly datasetArg: RunConfig['datasetArg'];
  readonly dataDir: string | undefined;
  readonly cacheDir: string | undefined;
  readonly engine: RunConfig['engine'];
}

export type EvaluationReply =
  | { readonly kind: 'ready'; readonly engine: { readonly name: string; readonly version: string } }
  | { readonly kind: 'evaluated'; readonly quality: Quality }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly detail: string };

const reply = (message: EvaluationReply): void => parentPort?.postMessage(message);

function failure(cause: unknown): EvaluationReply {
  const { code, detail } = toFleetError(cause);
  return { kind: 'failed', code, detail };
}

async function serve(setup: EvaluatorSetup): Promise<void> {
  const dataset = await openDataset(setup.dataset, setup);
  const trainer = await createTrainer(createModel(dataset.info, setup), setup.engine);
  const test = await dataset.readTest();
  await dataset.close();
  parentPort?.on('message', async (weights: Float32Array) => {
    try {
      const { samples: _, ...quality } = await trainer.evaluate(weights, test);
      reply({ kind: 'evaluated', quality });
    } catch (cause) {
      reply(failure(cause));
    }
  });
  reply({ kind: 'ready', engine: trainer.engine });
}

serve(workerData as EvaluatorSetup).catch((cause: unknown) => {
  reply(failure(cause));
});
