import { runAgentProcess } from './run-agent-process.js';

/**
 * What the supervisor starts for every client: `mlaas agent` and nothing else. The build bundles it
 * into one file, dist/agent.js, because finding and compiling a hundred modules took two thirds of
 * an agent's start.
 */
await runAgentProcess();
