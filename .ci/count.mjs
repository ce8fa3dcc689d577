// Adds up the reports of the test runs; a test that ran twice counts once, with its worse outcome.
import { readFileSync } from 'node:fs';

const rank = { passed: 1, skipped: 0, failed: 2 };
const outcomes = new Map();
const messages = new Map();
for (const path of process.argv.slice(2)) {
  for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults) {
    if (file.assertionResults.length === 0 && file.status === 'failed') {
      outcomes.set(file.name, 'failed');
      messages.set(file.name, file.message);
    }
    for (const { fullName, status, failureMessages } of file.assertionResults) {
      const key = `${file.name} ${fullName}`;
      const outcome = status === 'passed' || status === 'failed' ? status : 'skipped';
      if (outcome === 'failed') messages.set(key, failureMessages[0]?.split('\n').slice(0, 12).join('\n'));
      if (rank[outcome] >= rank[outcomes.get(key) ?? 'skipped']) outcomes.set(key, outcome);
    }
  }
}
// The failures last, with the first of their messages: the end of a log is what gets read, and sometimes all that is kept.
const named = (wanted) => [...outcomes.keys()].filter((key) => outcomes.get(key) === wanted);
for (const name of named('skipped')) console.log(`skipped: ${name}`);
for (const name of named('failed')) console.log(`failed: ${name}\n${messages.get(name) ?? ''}`);
console.log(
  `${named('passed').length} passed, ${named('failed').length} failed, ${named('skipped').length} skipped`,
);
process.exitCode = named('failed').length > 0 || named('passed').length === 0 ? 1 : 0;
