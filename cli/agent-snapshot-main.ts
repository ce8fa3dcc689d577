import { startupSnapshot } from 'node:v8';
import createAgentCommand from './agent-command.js';
import { rehearse } from './agent-rehearsal.js';
import { runCommand } from './run-subcommand.js';

/**
 * Entry of the agent's startup snapshot: evaluated once, when the snapshot is made, so that an agent
 * finds every module evaluated and the code of its first seconds compiled. A rehearsal that fails ends the
 * making of the snapshot.
 */
void rehearse();
startupSnapshot.setDeserializeMainFunction(() => runCommand(createAgentCommand(), process.argv.slice(2)));
