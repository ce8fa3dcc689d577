import { describe, expect, it } from 'vitest';
import { Seats } from '#aggregator';

describe('seats', () => {
  it('gives the lowest client that nobody is and nobody was promised', () => {
    const connected = new Set([3]);
    const seats = new Seats([2, 3, 4, 5], (client) => connected.has(client));
    expect(['a', 'b', 'c', 'd'].map((name) => seats.claim(name, 0))).toEqual([2, 4, 5, undefined]);
  });

  it('gives the same seat to who asks again', () => {
    const seats = new Seats([0, 1], () => false);
    expect([seats.claim('a', 0), seats.claim('b', 1), seats.claim('a', 2)]).toEqual([0, 1, 0]);
  });

  it('gives a seat away again when the one it was promised to did not come', () => {
    const seats = new Seats([0], () => false);
    seats.claim('a', 0);
    expect(seats.claim('b', 59_999)).toBeUndefined();
    expect(seats.claim('b', 60_000)).toBe(0);
  });

  it('gives the seat of an agent that has left to the next', () => {
    const connected = new Set<number>();
    const seats = new Seats([0], (client) => connected.has(client));
    seats.claim('a', 0);
    connected.add(0);
    expect(seats.claim('b', 120_000)).toBeUndefined();
    connected.delete(0);
    expect(seats.claim('b', 120_001)).toBe(0);
  });
});
