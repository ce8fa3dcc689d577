/** A thread that encodes tables in one format and writes their files, while others read and encode. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  type FormatReply,
  type FormatRequest,
  type FormatThreadData,
  unpackColumn,
} from './format-messages.js';
import { ShardedTable } from './sharded-table.js';

// Started by FormatThread alone, with these data.
const { folder, format }: FormatThreadData = workerData;
let target: ShardedTable | undefined;

async function perform(request: FormatRequest): Promise<FormatReply> {
  switch (request.task) {
    case 'begin':
      target = new ShardedTable(folder, request.table, request.columns, format);
      return { ok: true, files: [] };
    case 'write':
      await target?.write({ rows: request.rows, columns: request.columns.map(unpackColumn) });
      return { ok: true, files: [] };
    case 'finish':
      return { ok: true, files: (await target?.finish()) ?? [] };
  }
}

function failure(error: unknown): FormatReply {
  const { message, code, syscall }: NodeJS.ErrnoException =
    error instanceof Error ? error : new Error(String(error));
  return { ok: false, message, code, syscall };
}

parentPort?.on('message', async (request: FormatRequest) => {
  parentPort?.postMessage(await perform(request).catch(failure));
});
