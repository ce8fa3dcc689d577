import { z } from 'zod';
import { field, wholeNumber } from './config-field.js';

const url = (schemes: RegExp, form: string) =>
  z.string().regex(schemes, `must be ${form}`).refine(URL.canParse, `must be ${form}`);
const postgresUrl = url(/^postgres(ql)?:\/\//, 'postgres://user:password@host:port/database');
const brokerUrl = url(/^mqtts?:\/\//, 'mqtt://host:port or mqtts://host:port');

/** Broker, store and page of a run. */
export const serviceFields = {
  broker: field(brokerUrl.optional(), {
    flag: '--broker',
    placeholder: 'URL',
    group: 'Services',
    scope: 'deployment',
    description: 'external MQTT broker, such as mqtt://host:1883; default: the embedded one',
  }),
  brokerHost: field(z.string().min(1).default('127.0.0.1'), {
    flag: '--broker-host',
    placeholder: 'ADDR',
    group: 'Services',
    scope: 'deployment',
    description: 'address that the embedded broker binds to; 0.0.0.0 lets other machines in',
  }),
  brokerPort: field(wholeNumber(0, 65_535).optional(), {
    flag: '--broker-port',
    placeholder: 'N',
    group: 'Services',
    scope: 'deployment',
    description: 'port of the embedded broker; default: 1883 or the first free one after it',
  }),
  db: field(postgresUrl.optional(), {
    flag: '--db',
    placeholder: 'URL',
    group: 'Services',
    scope: 'deployment',
    description: 'PostgreSQL or TimescaleDB, as postgres://…; default: the embedded store',
  }),
  storeDir: field(z.string().min(1).default('data/store'), {
    flag: '--store-dir',
    placeholder: 'DIR',
    group: 'Services',
    scope: 'deployment',
    description: 'folder of the embedded store',
  }),
  checkpointDir: field(z.string().min(1).default('data/checkpoints'), {
    flag: '--checkpoint-dir',
    placeholder: 'DIR',
    group: 'Services',
    scope: 'deployment',
    description:
      'where the global model of the last rounds is kept until the run has finished, for `mlaas resume`',
  }),
  saveWeights: field(z.boolean().default(true), {
    flag: '--no-save-weights',
    group: 'Services',
    scope: 'deployment',
    description: 'keep no checkpoints: a run that is stopped cannot be resumed',
  }),
  host: field(z.string().min(1).default('127.0.0.1'), {
    flag: '--host',
    placeholder: 'ADDR',
    group: 'Services',
    scope: 'deployment',
    description: 'address that the dashboard binds to',
  }),
  port: field(wholeNumber(0, 65_535).optional(), {
    flag: '--port',
    placeholder: 'N',
    group: 'Services',
    scope: 'deployment',
    description: 'port of the dashboard; default: 8080 for up, any free one for generate',
  }),
};
