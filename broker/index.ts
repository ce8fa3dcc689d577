export { agentToken } from './agent-token.js';
export { type BrokerOptions, type EmbeddedBroker, startBroker } from './embedded-broker.js';
export type { EmbeddedBrokerCounters } from './worker-messages.js';
