import { randomBytes } from 'node:crypto';
import { agentToken, startBroker } from '#broker';
import { FleetError, type RunConfig, type RunEventStream } from '#protocol';

/** The broker of a run: one in a thread of this process, or an external one. */
export interface RunBroker {
  readonly url: string;
  /** What an agent or the aggregator shows to be let in; an external broker's credentials stand in its URL. */
  readonly token: (name: string) => string | undefined;
  readonly close: () => Promise<void>;
}

interface RunBrokerOptions {
  readonly id: string;
  readonly config: RunConfig;
  readonly events: RunEventStream;
  /** Aborted when the thread fails later. */
  readonly controller: AbortController;
}

/** @throws FleetError PORT_IN_USE, CONFIG_INVALID where it cannot listen */
export async function openRunBroker({
  id,
  config,
  events,
  controller,
}: RunBrokerOptions): Promise<RunBroker> {
  if (config.broker !== undefined) {
    return { url: config.broker, token: () => undefined, close: async () => {} };
  }
  const secret = randomBytes(32).toString('hex');
  const { url, close } = await startBroker({
    host: config.brokerHost,
    port: config.brokerPort,
    runId: id,
    secret,
    onCounters: (counters) => events.publish({ type: 'broker', ts: Date.now(), counters }),
    onError: (error) => controller.abort(new FleetError('BROKER_LOST', error.message, { cause: error })),
  });
  return { url, token: (name) => agentToken(secret, name), close };
}
