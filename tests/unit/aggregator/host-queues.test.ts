import { expect, it } from 'vitest';
import { Absences } from '#internal/aggregator/absences.js';
import { HostQueues } from '#internal/aggregator/host-queues.js';

it('gives free cores to who waits, lowest first, and each once', () => {
  const queues = new HostQueues();
  queues.setCores('a', 2);
  queues.setCores('b', 1);
  for (const client of [9, 4, 7, 1]) queues.wait('a', client);
  for (const client of [3, 2]) queues.wait('b', client);
  queues.leave('a', 4);
  expect(queues.take()).toEqual([1, 2, 7]);
  expect(queues.take()).toEqual([]);
  queues.release('b');
  expect(queues.take()).toEqual([3]);
  queues.setCores('a', 3);
  expect(queues.take()).toEqual([9]);
});

it('tells of each absence once, when its time is up', () => {
  const absences = new Absences();
  for (const [client, until] of [20, 10, 30, 10].entries()) absences.note(client, until);
  absences.note(1, undefined);
  expect(absences.next).toBe(10);
  expect(absences.take(20)).toEqual([0, 3]);
  expect(absences.next).toBe(30);
  expect(absences.take(29)).toEqual([]);
  expect(absences.take(30)).toEqual([2]);
  expect(absences.next).toBe(Number.POSITIVE_INFINITY);
});
