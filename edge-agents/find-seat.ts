import { randomUUID } from 'node:crypto';
import mqtt from 'mqtt';
import {
  decodeEnvelope,
  FleetError,
  isRefusal,
  MessageWriter,
  runOfConfigTopic,
  topics,
  withoutCredentials,
} from '#protocol';

/** The part of one agent in one run. */
export interface Seat {
  readonly run: string;
  readonly client: number;
}

export interface FindSeatOptions {
  readonly broker: string;
  /** The run to join; undefined: the newest on the broker, waited for as long as there is none. */
  readonly run: string | undefined;
  readonly boot: number;
  readonly signal: AbortSignal;
}

/** Between two requests for a seat, milliseconds: the aggregator may be away, or all seats taken. */
const askAgainMs = 2000;
/** Without a connection to the broker for so long, the search ends, milliseconds. */
const brokerPatienceMs = 30_000;

/**
 * Asks the aggregator of a run, over the broker, which client to be. Waits for a run and for a free seat as
 * long as it takes. Only brokers that let clients without an agent's name in can serve this, so not the
 * embedded one, where every agent has its own password.
 * @throws FleetError BROKER_UNREACHABLE, BROKER_REFUSED; the signal's reason when it aborts
 */
export async function findSeat(options: FindSeatOptions): Promise<Seat> {
  const name = `seat-${randomUUID()}`;
  const writer = new MessageWriter(name, options.boot);
  const client = mqtt.connect(options.broker, {
    protocolVersion: 4,
    clientId: name,
    clean: true,
    writeCache: false,
    connectTimeout: 10_000,
    reconnectPeriod: 1000,
  });
  let timer: NodeJS.Timeout | undefined;
  let patience: NodeJS.Timeout | undefined;
  let onAbort = (): void => {};
  try {
    return await new Promise<Seat>((resolve, reject) => {
      const location = withoutCredentials(options.broker);
      let run = options.run;
      const ask = (): void => {
        if (run !== undefined && client.connected) {
          client.publish(topics.seatRequest(run, name), writer.write('seatRequest', {}), { qos: 1 });
        }
      };
      const startPatience = (): void => {
        patience ??= setTimeout(
          () => reject(new FleetError('BROKER_UNREACHABLE', `${location} for ${brokerPatienceMs / 1000} s`)),
          brokerPatienceMs,
        );
      };
      startPatience();
      onAbort = () => reject(options.signal.reason);
      options.signal.addEventListener('abort', onAbort, { once: true });
      client.on('close', () => {
        // Not when the search is over: the timer would keep the process for as long as it runs.
        if (!client.disconnecting) startPatience();
      });
      client.on('error', (error) => {
        if (isRefusal(error)) reject(new FleetError('BROKER_REFUSED', `${location}: ${error.message}`));
      });
      client.on('connect', () => {
        clearTimeout(patience);
        patience = undefined;
        const filters = [topics.seatOffer(options.run ?? '+', name), topics.config(options.run ?? '+')];
        client.subscribe(filters, { qos: 1 }, () => ask());
        timer ??= setInterval(ask, askAgainMs);
      });
      client.on('message', (topic, payload) => {
        const announced = runOfConfigTopic(topic);
        if (announced !== undefined) {
          // Run ids sort by time. An empty message takes a run that is over off the broker.
          const isOver = payload.byteLength === 0;
          if (options.run === undefined && !isOver && (run === undefined || announced > run)) run = announced;
          if (options.run === undefined && isOver && announced === run) run = undefined;
          ask();
          return;
        }
        const offer = decodeEnvelope('seatOffer', payload);
        if (!offer.ok || run === undefined || topic !== topics.seatOffer(run, name)) return;
        if (offer.envelope.body.client !== null) resolve({ run, client: offer.envelope.body.client });
      });
    });
  } finally {
    clearInterval(timer);
    clearTimeout(patience);
    options.signal.removeEventListener('abort', onAbort);
    await client.endAsync(true).catch(() => {});
  }
}
