// A process that writes into an embedded store until it is killed: folder, run and first seq as arguments.
import { openStore } from '#store';

const [storeDir, run, first] = process.argv.slice(2);
const store = await openStore({ storeDir });
const say = (text) => process.stdout.write(`${text}\n`);
say('open');
const rowsPerBatch = 100;
for (let batch = 0; ; batch++) {
  const telemetry = Array.from({ length: rowsPerBatch }, (_, i) => {
    const seq = Number(first) + batch * rowsPerBatch + i;
    return {
      run_id: run,
      client_id: 0,
      boot: 1,
      seq,
      ts: 1_750_000_000_000 + seq,
      sent_at: 1_750_000_000_000 + seq,
      round: 1,
      phase: 'training',
      cpu_time_s: 1,
      cpu_utilization: 1,
      rss_mb: 1,
      queue_length: 0,
      bytes_sent: 0,
      bytes_received: 0,
      latency_ms: 0,
    };
  });
  await store.write({ telemetry });
  say(`written ${telemetry.at(-1).seq + 1}`);
  if (batch % 4 === 3) {
    await store.checkpoint();
    say(`checkpoint ${telemetry.at(-1).seq + 1}`);
  }
}
