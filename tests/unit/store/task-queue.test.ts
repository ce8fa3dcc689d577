import { describe, expect, it } from 'vitest';
import { TaskQueue } from '#internal/store/task-queue.js';

/** A queue with a task under way until `finish` is called, and the names of those that were begun since. */
function busyQueue() {
  const queue = new TaskQueue();
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  void queue.run('patient', () => finished);
  const begun: string[] = [];
  const named = (name: string) => async () => void begun.push(name);
  return { queue, begun, named, finish };
}

describe('the queue of a store’s tasks', () => {
  it('lets the urgent go first, each kind in its order', async () => {
    const { queue, begun, named, finish } = busyQueue();
    const all = [
      queue.run('patient', named('query 1')),
      queue.run('urgent', named('write 1')),
      queue.run('patient', named('query 2')),
      queue.run('urgent', named('write 2')),
    ];
    expect(queue.underWay).toBe('patient');
    finish();
    await Promise.all(all);
    expect(begun).toEqual(['write 1', 'write 2', 'query 1', 'query 2']);
    expect(queue.underWay).toBeUndefined();
  });

  it('never begins what nobody waits for any more', async () => {
    const { queue, begun, named, finish } = busyQueue();
    const controller = new AbortController();
    const left = queue.run('patient', named('left'), controller.signal);
    const stays = queue.run('patient', named('stays'));
    controller.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(queue.run('urgent', named('late'), controller.signal)).rejects.toThrow('gone');
    finish();
    await stays;
    expect(begun).toEqual(['stays']);
  });

  it('goes on after a task that fails', async () => {
    const { queue, begun, named, finish } = busyQueue();
    const failing = queue.run('urgent', () => Promise.reject(new Error('no')));
    const next = queue.run('urgent', named('next'));
    finish();
    await expect(failing).rejects.toThrow('no');
    await next;
    expect(begun).toEqual(['next']);
  });
});
