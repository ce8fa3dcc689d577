/** `npm run bench -- NAME [CASE …]`: prints one JSON line a case. */
const benches: Readonly<
  Record<string, () => Promise<{ default: (cases: readonly string[]) => Promise<void> }>>
> = {
  accuracy: () => import('./accuracy.js'),
  aggregation: () => import('./aggregation.js'),
  embedded: () => import('./embedded.js'),
  generate: () => import('./generate.js'),
  export: () => import('./export.js'),
  dashboard: () => import('./dashboard.js'),
  ingest: () => import('./ingest.js'),
  merge: () => import('./merge.js'),
  query: () => import('./query.js'),
  startup: () => import('./startup.js'),
  training: () => import('./training.js'),
};

// See cli/main.ts.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

const [name = '', ...cases] = process.argv.slice(2);
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (load === undefined) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join('|')} [CASE …]\n`);
  process.exitCode = 2;
} else {
  const { default: run } = await load();
  await run(cases);
}
