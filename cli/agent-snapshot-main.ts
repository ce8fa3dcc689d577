import { startupSnapshot } from 'node:v8';
import { rehearse } from './agent-rehearsal.js';
import { runAgentProcess } from './run-agent-process.js';

/**
 * Entry of the agent's startup snapshot: evaluated once, when the snapshot is made, so that an agent
 * finds every module evaluated and the code of its first seconds compiled. A rehearsal that fails ends the
 * making of the snapshot.
 */
void rehearse();
startupSnapshot.setDeserializeMainFunction(runAgentProcess);
