import { isIPv6 } from 'node:net';
import { Worker } from 'node:worker_threads';
import { FleetError, idPattern } from '#protocol';
import {
  type BrokerSettings,
  closeCommand,
  type EmbeddedBrokerCounters,
  type WorkerReport,
} from './worker-messages.js';

/** Milliseconds that an orderly end may take before the thread is ended by force. */
const closePatienceMs = 5000;

export interface BrokerOptions extends BrokerSettings {
  /** Hears the counters about once a second, and once more at the end. */
  readonly onCounters?: ((counters: EmbeddedBrokerCounters) => void) | undefined;
  /** Hears it when the broker's thread ends although nobody closed it. Clients are cut off then. */
  readonly onError?: ((error: Error) => void) | undefined;
}

export interface EmbeddedBroker {
  /** Where clients on this machine connect to, such as `mqtt://127.0.0.1:1883`. */
  readonly url: string;
  readonly port: number;
  /** The counters that `onCounters` heard last. */
  counters(): EmbeddedBrokerCounters | undefined;
  /** Ends all connections and frees the port. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts an MQTT 3.1.1 broker (aedes) in a thread of its own, so that neither it nor a busy caller
 * stalls the other. Who may do what is told at `AccessRules`.
 *
 * @param options.host address to bind to; `0.0.0.0` lets other machines in
 * @param options.port as `listen` takes it: undefined for 1883 or one near it, 0 for any free one
 * @param options.runId the one run that it serves
 * @param options.secret key of the clients' tokens, see `agentToken`; not empty
 * @throws FleetError PORT_IN_USE where the given port is taken, CONFIG_INVALID where the address
 *   cannot be bound
 * @example
 * const broker = await startBroker({ host: '127.0.0.1', port: undefined, runId: 'r1', secret });
 * const client = await mqtt.connectAsync(broker.url, {
 *   clientId: 'r1-c0000', username: 'c0000', password: agentToken(secret, 'c0000'), protocolVersion: 4,
 * });
 */
export async function startBroker(options: BrokerOptions): Promise<EmbeddedBroker> {
  const { host, port, runId, secret } = options;
  if (secret === '' || !idPattern.test(runId)) throw new RangeError('broker: empty secret or bad run id');
  const settings: BrokerSettings = { host, port, runId, secret };
  const thread = new BrokerThread(settings, options);
  const bound = await thread.listening;
  return {
    url: `mqtt://${reachableHost(host)}:${bound}`,
    port: bound,
    counters: () => thread.counters,
    close: () => thread.close(),
  };
}

/** The caller's side of the broker's thread. */
class BrokerThread {
  readonly listening: Promise<number>;
  counters: EmbeddedBrokerCounters | undefined;
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  #closing = false;

  constructor(settings: BrokerSettings, { onCounters, onError }: BrokerOptions) {
    this.#worker = new Worker(new URL('./broker-worker.js', import.meta.url), {
      name: 'broker',
      workerData: settings,
    });
    this.#exited = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.listening = new Promise((resolve, reject) => {
      let started = false;
      const fail = (error: Error): void => {
        if (this.#closing) return;
        this.#closing = true;
        if (started) onError?.(error);
        else reject(error);
      };
      this.#worker.on('message', (report: WorkerReport) => {
        if (report.type === 'counters') {
          this.counters = report.counters;
          onCounters?.(report.counters);
        } else if (report.type === 'listening') {
          started = true;
          resolve(report.port);
        } else fail(bindError(settings, report.code));
      });
      this.#worker.once('error', fail);
      this.#worker.once('exit', (code) => fail(new Error(`the broker's thread ended with code ${code}`)));
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#worker.postMessage(closeCommand);
    const force = setTimeout(() => void this.#worker.terminate(), closePatienceMs);
    await this.#exited;
    clearTimeout(force);
  }
}

function bindError({ host, port }: BrokerSettings, code: string): FleetError {
  if (code === 'EADDRINUSE') return new FleetError('PORT_IN_USE', `${host}:${port} (MQTT broker)`);
  const flags = port === undefined ? `--broker-host ${host}` : `--broker-host ${host} --broker-port ${port}`;
  return new FleetError('CONFIG_INVALID', `${flags}: cannot bind: ${code}`);
}

/** An address of this machine under which a socket bound to `host` is reached. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}
