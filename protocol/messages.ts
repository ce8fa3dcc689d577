import { z } from 'zod';
import { chunkSchema } from './chunks.js';
import { qualitySchema } from './quality.js';
import { isSignature } from './signature-bytes.js';

const id = z.string().min(1).max(64);
const sha = z.string().length(64);
const count = z.int().nonnegative();
/**
 * What the store keeps in columns of 32 bits is of 32 bits here: a message with a larger number is dropped as
 * such, instead of taking the row of an otherwise sound client with it.
 */
const smallCount = z.int32().positive();
const round = z.int32().positive();
const seconds = z.number().nonnegative();

/** What an agent is doing. `offline` is only ever said by the last will or at an orderly end. */
export const agentStates = [
  'starting',
  'idle',
  'fetching',
  'waiting',
  'training',
  'uploading',
  'offline',
] as const;
export const agentStateSchema = z.enum(agentStates);
export type AgentState = z.infer<typeof agentStateSchema>;

/** Retained status of an agent. `shareSha256` proves that agent and aggregator see the same data. */
export const agentStatusSchema = z.object({
  state: agentStateSchema,
  round: z.int32(),
  host: z.string().max(255),
  cores: z.int().positive(),
  pid: count,
  engine: z.string().max(64),
  samples: count,
  shareSha256: z.union([sha, z.literal('')]),
  reason: z.string().max(500).optional(),
  /** Messages that the agent's process has dropped until now, because it could not use them. */
  dropped: count.optional(),
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;

/** Retained: what every agent of the run needs to know before the first round. */
export const runAnnouncementSchema = z.object({
  runId: id,
  configSha256: sha,
  /** The experiment's fields of the run configuration. */
  experiment: z.record(z.string(), z.unknown()),
});
export type RunAnnouncement = z.infer<typeof runAnnouncementSchema>;

/** Retained: one round. The model of `modelSha256` is on the model topics before the plan is. */
export const roundPlanSchema = z.object({
  round,
  participants: z.array(count),
  modelSha256: sha,
  modelBytes: z.int().positive(),
});
export type RoundPlan = z.infer<typeof roundPlanSchema>;

export const commandSchema = z.discriminatedUnion('command', [
  /** A core is free: train now. */
  z.object({ command: z.literal('dispatch'), round }),
  /** Give this round up: its deadline has passed. */
  z.object({ command: z.literal('abandon'), round }),
  z.object({ command: z.literal('stop'), reason: z.string().max(500) }),
]);
export type Command = z.infer<typeof commandSchema>;

/** Periodic measurements of an agent's process. CPU and memory are read from this machine. */
export const telemetrySchema = z.object({
  phase: agentStateSchema,
  round: z.int32(),
  /** User and system CPU time since the process started, in seconds. */
  cpuTimeS: seconds,
  /** CPU time over wall time since the last message; 1 is one core. */
  cpuUtilization: z.number().nonnegative(),
  rssMb: z.number().nonnegative(),
  /** MQTT messages that wait to be sent or acknowledged. */
  queueLength: count,
  bytesSent: count,
  bytesReceived: count,
});
export type Telemetry = z.infer<typeof telemetrySchema>;

/** Requests of one sample each to the trained model, on the agent's machine. */
export const inferenceSchema = z.object({
  requests: smallCount,
  latencyMeanMs: z.number().nonnegative(),
  latencyP50Ms: z.number().nonnegative(),
  latencyP95Ms: z.number().nonnegative(),
  latencyP99Ms: z.number().nonnegative(),
  /** Samples a second in the batches of the evaluation. */
  throughput: z.number().nonnegative(),
});
export type InferenceFigures = z.infer<typeof inferenceSchema>;

export const trainingMetricsSchema = z.object({
  samples: smallCount,
  steps: smallCount,
  /** Passes over the samples; families without epochs report none. */
  epochs: smallCount.optional(),
  /** Mean loss over the training steps. */
  trainLoss: z.number(),
  /** The local model on the whole test set. */
  test: qualitySchema,
  /** The global model, before the training, on the client's own samples, or on some of them. */
  trainBefore: qualitySchema,
  /** The local model on the same. */
  trainAfter: qualitySchema,
  /** L2 norm of (local weights - global weights), where they have one layout. */
  updateNorm: z.number().nonnegative().optional(),
  /** Count-sketch of (local weights - global weights), of unit length: little-endian float32. */
  updateSignature: z.custom<Uint8Array>(isSignature, 'not a signature').optional(),
  /** Numbers in the update. */
  paramsCount: z.int32().nonnegative(),
  inference: inferenceSchema,
  computeTimeS: seconds,
  evaluateTimeS: seconds,
  dispatchWaitS: seconds,
  downloadTimeS: seconds,
  /** Making bytes, hashes and chunks of the update. */
  serializeTimeS: seconds,
  uploadTimeS: seconds,
  cpuTimeS: seconds,
  /** CPU time over wall time, from dispatch to the end of the measuring; 1 is one core. */
  cpuUtilization: z.number().nonnegative(),
  memoryUsedMb: z.number().nonnegative(),
  /** Of the machine's memory. */
  memoryUtilization: z.number().min(0).max(1),
  commBytesUp: count,
  commBytesDown: count,
});
export type TrainingMetrics = z.infer<typeof trainingMetricsSchema>;

/** The end of an agent's part in a round; its idempotency key is (run, agent, round). */
export const roundResultSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('trained'),
    round,
    updateSha256: sha,
    metrics: trainingMetricsSchema,
  }),
  z.object({
    outcome: z.literal('failed'),
    round,
    failReason: z.string().min(1).max(500),
  }),
]);
export type RoundResult = z.infer<typeof roundResultSchema>;

/** The sender's name stands in the envelope. */
export const seatRequestSchema = z.object({});
/** The client to be, or null while all are taken. */
export const seatOfferSchema = z.object({ client: count.nullable() });

/** Every message kind with the schema of its body. */
export const messageSchemas = {
  config: runAnnouncementSchema,
  plan: roundPlanSchema,
  model: chunkSchema,
  command: commandSchema,
  status: agentStatusSchema,
  telemetry: telemetrySchema,
  update: chunkSchema,
  result: roundResultSchema,
  seatRequest: seatRequestSchema,
  seatOffer: seatOfferSchema,
} as const;
export type MessageKind = keyof typeof messageSchemas;
export type MessageBody<K extends MessageKind> = z.infer<(typeof messageSchemas)[K]>;
