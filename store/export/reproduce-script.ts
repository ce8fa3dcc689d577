import { stringify } from 'yaml';
import { configFields } from '#protocol';
import type { Manifest } from './manifest.js';
import type { RunFacts } from './run-facts.js';

/**
 * A shell script that makes the runs again and checks that their final weights are the same, bit for bit. It
 * gives every setting that decides what a run computes, also those left at their defaults.
 */
export function reproduceScript({ generator }: Manifest, runs: readonly RunFacts[]): string {
  return `#!/usr/bin/env bash
# Makes the runs of this dataset again with mlaas-fleet ${generator} and compares their final weights.
# MLAAS names the command (default: npx mlaas), DATA_DIR the folder of the training datasets, where one is needed.
set -euo pipefail
read -r -a mlaas <<< "\${MLAAS:-npx mlaas}"
data_dir=()
if [ -n "\${DATA_DIR:-}" ]; then data_dir=(--data-dir "$DATA_DIR"); fi
config=$(mktemp)
trap 'rm -f "$config"' EXIT
failed=0

# again NAME WEIGHTS, with the configuration on stdin
again() {
  local name=$1 weights=$2
  cat > "$config"
  if "\${mlaas[@]}" generate --json --config "$config" --name "$name" \${data_dir[@]+"\${data_dir[@]}"} |
    grep -q "\\"weights_sha256\\":\\"$weights\\""; then
    echo "$name: the same weights, $weights"
  else
    echo "$name: OTHER WEIGHTS than $weights" >&2
    failed=1
  fi
}

${runs.map(runAgain).join('\n')}
exit "$failed"
`;
}

function runAgain({ run }: RunFacts): string {
  const { run_id, name, status, rounds, rounds_finished: finished, weights_sha256: weights } = run;
  const experiment = experimentOf(run);
  const ended = `${status} after ${finished} of ${rounds} rounds`;
  if (status === 'finished') return again(run_id, name, weights, experiment);
  if (finished === 0 || looksAhead(experiment)) {
    return `# ${run_id}\necho '${name}: ${ended}, which cannot be made again by itself' >&2\n`;
  }
  const head = `${run_id}: ${ended}, and made again up to there`;
  return again(head, name, weights, { ...experiment, rounds: finished });
}

function again(head: string, name: string, weights: string | null, config: object): string {
  return `# ${head}
again ${`again-${name}`.slice(0, 64)} ${weights ?? 'unknown'} <<'END'
${stringify(config)}END
`;
}

/** The settings that decide what a run computes. */
function experimentOf({ config }: RunFacts['run']): Readonly<Record<string, unknown>> {
  const all = new Map(Object.entries(typeof config === 'object' && config !== null ? config : {}));
  return Object.fromEntries(
    configFields()
      .filter(({ key, scope }) => scope === 'experiment' && (all.get(key) ?? null) !== null)
      .map(({ key }) => [key, all.get(key)]),
  );
}

/** Whether a round depends on how many are to follow: drifts move by a run's length, forests share out their trees. */
function looksAhead({ strategy, modelType }: Readonly<Record<string, unknown>>): boolean {
  return strategy === 'temporal_drift' || strategy === 'concept_drift' || modelType === 'random_forest';
}
