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
  const config = new Map(
    Object.entries(typeof run.config === 'object' && run.config !== null ? run.config : {}),
  );
  const experiment = configFields()
    .filter(({ key, scope }) => scope === 'experiment' && (config.get(key) ?? null) !== null)
    .map(({ key }) => [key, config.get(key)]);
  const unfinished =
    run.status === 'finished'
      ? ''
      : `# This run was ${run.status} after ${run.rounds_finished} of ${run.rounds} rounds: its weights are those of that round.\n`;
  return `# ${run.run_id}
${unfinished}again ${`again-${run.name}`.slice(0, 64)} ${run.weights_sha256 ?? 'unknown'} <<'END'
${stringify(Object.fromEntries(experiment))}END
`;
}
