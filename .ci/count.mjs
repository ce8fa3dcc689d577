// Adds up the reports of the test runs; a test that ran twice counts once, with its worse outcome.
import { readFileSync } from 'node:fs';

const rank = { passed: 1, skipped: 0, failed: 2 };
const outcomes = new Map();
for (const path of process.argv.slice(2)) {
  for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults) {
    if (file.assertionResults.length === 0 && file.status === 'failed') outcomes.set(file.name, 'failed');
    for (const { fullName, status } of file.assertionResults) {
      const key = `${file.name} ${fullName}`;
      const outcome = status === 'passed' || status === 'failed' ? status : 'skipped';
      if (rank[outcome] >= rank[outcomes.get(key) ?? 'skipped']) outcomes.set(key, outcome);
    }
  }
}
const count = (wanted) => [...outcomes.values()].filter((outcome) => outcome === wanted).length;
for (const [name, outcome] of outcomes) if (outcome === 'skipped') console.log(`skipped: ${name}`);
console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
process.exitCode = count('failed') > 0 || count('passed') === 0 ? 1 : 0;
