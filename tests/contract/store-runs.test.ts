import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientRoundsCsv, csvColumns, listRuns, type Store, showRun } from '#store';
import { type StorePlace, storeImplementations } from './store-implementations.js';
import { clientRoundRow, epoch, roundRow, runRow } from './store-rows.js';

const number = /^(-?\d+(\.\d+)?(e[+-]\d+)?|NaN|-?Infinity)?$/;
/** What a value of each type looks like in the CSV; a missing one is empty. */
const csvForm: Readonly<Record<(typeof csvColumns)[number]['type'], RegExp>> = {
  text: /^/,
  bool: /^(true|false)?$/,
  int4: /^(-?\d+)?$/,
  int8: /^(-?\d+)?$/,
  float8: number,
  timestamptz: /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)?$/,
  jsonb: /^([[{].*)?$/,
  'int4[]': /^\[[-\d,]*\]$/,
};

/** One line of a run's CSV by column. */
function recordOf(line: string | undefined): Record<string, string> {
  const [values = []] = parse(line ?? '');
  return Object.fromEntries(csvColumns.map(({ name }, i) => [name, values[i] ?? 'missing']));
}

for (const implementation of storeImplementations) {
  const { name, missing } = implementation;
  if (missing !== undefined) console.warn(`skipped: runs of a store on ${name}: ${missing}`);

  describe.skipIf(missing !== undefined)(`runs of a store: ${name}`, () => {
    let place: StorePlace;
    let store: Store;

    beforeAll(async () => {
      place = await implementation.place();
      store = await place.open();
      await store.write({
        runs: [
          runRow('20260101-old', { created_at: epoch - 1 }),
          runRow('20260101-new', { created_at: epoch + 1 }),
        ],
        run_params: [
          { run_id: '20260101-new', scope: 'engine', key: 'name', value: 'tfjs' },
          { run_id: '20260101-new', scope: 'model', key: 'family', value: 'mlp' },
        ],
        clients: [0, 1].map((client_id) => ({
          run_id: '20260101-new',
          client_id,
          agent: `c000${client_id}`,
          samples_count: 600,
          data_distribution: [client_id, 600 - client_id],
          size_share: 0.5,
          effective_classes: 1.5,
          label_kl_bits: 0.25,
          label_js_bits: 0.125,
          share_sha256: 'd'.repeat(64),
        })),
        rounds: [roundRow('20260101-new', 1)],
        client_rounds: [
          clientRoundRow('20260101-new', 1, 1, {
            participated_flag: false,
            fail_reason: 'agent_lost, "SIGKILL"\nin round 1',
            steps: null,
            train_loss: null,
            accuracy: null,
          }),
          clientRoundRow('20260101-new', 1, 0, { loss: Number.NaN }),
        ],
      });
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });

    it('are listed, the newest first', async () => {
      const { columns, rows } = await listRuns(store);
      expect(columns[0]?.name).toBe('run_id');
      const ids = rows.map(([id]) => id).filter((id) => String(id).startsWith('20260101'));
      expect(ids).toEqual(['20260101-new', '20260101-old']);
    });

    it.each(['20260101-new', 'name of 20260101-new', '20260101-n', '20260101'])(
      'are shown by %s',
      async (run) => {
        const sections = await showRun(store, run);
        expect(sections.map(({ title }) => title)).toEqual(['Run', 'Parameters', 'Clients', 'Rounds']);
        expect(sections[0]?.result.rows[0]?.[0]).toBe('20260101-new');
        expect(sections.map(({ result }) => result.rows.length)).toEqual([1, 2, 2, 1]);
      },
    );

    it.each(['nope', '', '%'])('RUN_UNKNOWN for %j', async (run) => {
      await expect(showRun(store, run)).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
    });

    it('are exported as CSV, a line a client and round', async () => {
      const lines: string[] = [];
      for await (const line of clientRoundsCsv(store, '20260101-new')) lines.push(line);
      expect(lines[0]).toBe(`${csvColumns.map((column) => column.name).join(',')}\n`);
      const [first, second] = lines.slice(1).map((line) => recordOf(line));
      expect(first).toMatchObject({
        run_name: 'name of 20260101-new',
        seed: '9007199254740991',
        hidden_layers: '[128,64]',
        optimizer: 'adam',
        aggregation: 'fedavg',
        config_sha256: 'c'.repeat(64),
        // An optimiser without momentum, and no convolutions.
        momentum: '',
        conv_filters: '',
        data_distribution: '[0,600]',
        loss: 'NaN',
        accuracy: '0.9',
        rmse: '',
        global_metric_score: '0.91',
        aggregate_time_s: '0.1',
        inference_latency_p99_ms: '0.2',
        comm_bytes_up: '438000',
        finished_at: '2026-01-02T03:04:09.678Z',
      });
      expect(second).toMatchObject({ client_id: '1', participated_flag: 'false', steps: '', accuracy: '' });
      expect(lines[2]).toContain(',"agent_lost, ""SIGKILL""\nin round 1",');
      for (const { name, type } of csvColumns) {
        for (const record of [first, second]) expect(record?.[name], name).toMatch(csvForm[type]);
      }
    });

    it('are exported whole and in order when they are long', async () => {
      const rounds = 1100;
      await store.write({
        runs: [runRow('long')],
        clients: Array.from({ length: 10 }, (_, client_id) => ({
          run_id: 'long',
          client_id,
          agent: 'c',
          samples_count: 1,
          data_distribution: [1],
          size_share: 0.5,
          effective_classes: 1.5,
          label_kl_bits: 0.25,
          label_js_bits: 0.125,
          share_sha256: '',
        })),
        client_rounds: Array.from({ length: rounds * 10 }, (_, i) =>
          clientRoundRow('long', rounds - Math.floor(i / 10), 9 - (i % 10)),
        ),
      });
      const round = csvColumns.findIndex(({ name }) => name === 'round');
      const seen: string[] = [];
      for await (const line of clientRoundsCsv(store, 'long')) {
        const cells = line.replace('"[128,64]"', 'layers').split(',');
        seen.push(`${cells[round]}/${cells[round + 1]}`);
      }
      expect(seen.slice(1)).toEqual(
        Array.from({ length: rounds * 10 }, (_, i) => `${Math.floor(i / 10) + 1}/${i % 10}`),
      );
    });
  });
}
