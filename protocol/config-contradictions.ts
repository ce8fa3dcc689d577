import { withoutCredentials } from './broker-url.js';
import { FleetError } from './errors.js';
import type { RunConfig } from './run-config.js';
import { assertRead } from './setting-readers.js';

/**
 * Refuses settings that contradict each other.
 * @throws FleetError CONFIG_INVALID that names the flag, its value and what it contradicts
 */
export function assertCompatible(config: RunConfig): void {
  assertOneOf(config);
  assertWithinFleet(config);
  assertRead(config);
  assertLabelsMatter(config);
  assertKrumPossible(config);
}

/** Two flags that say the same thing in different ways. */
function assertOneOf({ sampleSize, sampleFrac, broker, brokerPort }: RunConfig): void {
  if (sampleSize !== undefined && sampleFrac !== undefined) {
    throw invalid(`--sample-frac ${sampleFrac}: contradicts --sample-size ${sampleSize}; give one of them`);
  }
  if (broker !== undefined && brokerPort !== undefined) {
    throw invalid(
      `--broker-port ${brokerPort}: contradicts --broker ${withoutCredentials(broker)}; it is the embedded broker’s, give one of them`,
    );
  }
}

function assertWithinFleet(config: RunConfig): void {
  const { localAgents, clients, composition } = config;
  if (localAgents !== undefined && localAgents > clients) {
    throw invalid(`--local-agents ${localAgents}: must be at most --clients ${clients}`);
  }
  if (participantsOf(config) > clients) {
    throw invalid(`--composition ${composition}: K must be at most --clients ${clients}`);
  }
}

function assertLabelsMatter({ strategy, modelType }: RunConfig): void {
  if (strategy !== 'concept_drift' || modelType !== 'kmeans') return;
  throw invalid(`--strategy ${strategy}: permutes labels; --model-type ${modelType} looks at none`);
}

/** Krum tolerates f arbitrary updates among at least 2 f + 3 (Blanchard et al. 2017). */
function assertKrumPossible(config: RunConfig): void {
  const { aggregation, byzantineShare } = config;
  if (aggregation !== 'krum' && aggregation !== 'multikrum') return;
  const participants = participantsOf(config);
  const byzantine = Math.floor(byzantineShare * participants);
  if (participants >= 2 * byzantine + 3) return;
  throw invalid(
    `--byzantine-share ${byzantineShare}: ${aggregation} needs ${2 * byzantine + 3} participants a round to stand ${byzantine} arbitrary ones, there are ${participants}`,
  );
}

/** Clients that the composition chooses for a round. */
const participantsOf = ({ composition, clients }: RunConfig): number =>
  composition.startsWith('random:') ? Number(composition.slice('random:'.length)) : clients;

const invalid = (detail: string): FleetError => new FleetError('CONFIG_INVALID', detail);
