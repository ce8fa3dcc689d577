import createAgentCommand from './agent-command.js';
import { runCommand } from './run-subcommand.js';

/**
 * The whole of an agent's process. It ends as soon as the agent has: the engine's graphs and the heap go with the
 * process, and to free them one by one first takes 12 ms.
 */
export async function runAgentProcess(): Promise<never> {
  await runCommand(createAgentCommand(), process.argv.slice(2));
  process.exit();
}
