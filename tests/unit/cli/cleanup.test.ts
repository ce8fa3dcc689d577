import { expect, it } from 'vitest';
import { Cleanup } from '#internal/cli/cleanup.js';

it('undoes in reverse order, goes on after a failure and names it', async () => {
  const done: string[] = [];
  const cleanup = new Cleanup();
  cleanup.add('store', () => void done.push('store'));
  cleanup.add('broker', async () => {
    done.push('broker');
    throw new Error('stuck');
  });
  cleanup.add('agents', () => void done.push('agents'));
  expect(await cleanup.run()).toEqual(['broker: stuck']);
  expect(done).toEqual(['agents', 'broker', 'store']);
  expect(await cleanup.run()).toEqual([]);
});
