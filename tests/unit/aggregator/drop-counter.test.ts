import { expect, it } from 'vitest';
import { DropCounter } from '#internal/aggregator/drop-counter.js';

it('counts a flood of invented names as one', () => {
  const counter = new DropCounter();
  const told = Array.from({ length: 5000 }, (_, i) => counter.add(`x${i}`, 'foreign agent'));
  expect(told.filter((first) => first !== undefined)).toHaveLength(1001);
  expect(counter.take().at(-1)).toEqual({ agent: 'further agents', cause: 'of any cause', count: 4000 });
  expect(counter.add('x1', 'foreign agent')).toBeUndefined();
  expect(counter.take()).toEqual([{ agent: 'x1', cause: 'foreign agent', count: 1 }]);
});
