export { Agent, type AgentOptions } from './agent.js';
export { findSeat, type Seat } from './find-seat.js';
