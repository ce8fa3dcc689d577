import { describe, expect, it } from 'vitest';
import { Collection } from '#internal/aggregator/collection.js';
import { trainingMetrics as metrics } from '../training-metrics.js';

const hash = 'a'.repeat(64);
const weights = new Float32Array([1]);

function finish(collection: Collection, client: number, at = 1): void {
  collection.updated(client, weights, hash, at);
  collection.trained(client, metrics, hash, at);
}

describe('collection of one round', () => {
  it('dispatches no more agents on a host than it has cores, in client order', () => {
    const collection = new Collection(1, [0, 1, 2, 3, 4], 0);
    for (const client of [4, 3, 2, 1, 0]) collection.ready(client, 'host-a', 2);
    expect(collection.dispatch(1)).toEqual([0, 1]);
    expect(collection.dispatch(2)).toEqual([]);
    collection.uploading(0);
    expect(collection.dispatch(3)).toEqual([2]);
    finish(collection, 1);
    expect(collection.dispatch(4)).toEqual([3]);
  });

  it('counts the cores of each host on their own', () => {
    const collection = new Collection(1, [0, 1, 2], 0);
    collection.ready(0, 'host-a', 1);
    collection.ready(1, 'host-a', 1);
    collection.ready(2, 'host-b', 1);
    expect(collection.dispatch(1)).toEqual([0, 2]);
  });

  it('frees the core of a failed agent', () => {
    const collection = new Collection(1, [0, 1], 0);
    collection.ready(0, 'host-a', 1);
    collection.ready(1, 'host-a', 1);
    expect(collection.dispatch(1)).toEqual([0]);
    collection.fail(0, 'agent_lost', 2);
    expect(collection.dispatch(2)).toEqual([1]);
  });

  it('gives updates in client order whatever the order of arrival of updates and results', () => {
    const collection = new Collection(1, [0, 1, 2], 0);
    collection.trained(2, metrics, hash, 1);
    finish(collection, 1);
    collection.updated(2, weights, hash, 2);
    finish(collection, 0);
    expect(collection.open()).toEqual([]);
    expect(collection.updates().map(({ client }) => client)).toEqual([0, 1, 2]);
  });

  it('waits for the update that the result names', () => {
    const collection = new Collection(1, [0], 0);
    collection.updated(0, weights, 'b'.repeat(64), 1);
    collection.trained(0, metrics, hash, 2);
    expect(collection.open()).toEqual([0]);
    collection.updated(0, weights, hash, 3);
    expect(collection.open()).toEqual([]);
    expect(collection.outcome(0)).toMatchObject({ finishedAt: 3, failReason: undefined });
  });

  it('keeps a failed client failed, whatever arrives later', () => {
    const collection = new Collection(1, [0], 0);
    collection.fail(0, 'agent_lost', 5);
    collection.ready(0, 'host-a', 1);
    finish(collection, 0, 6);
    collection.fail(0, 'deadline', 7);
    expect(collection.dispatch(8)).toEqual([]);
    expect(collection.updates()).toEqual([]);
    expect(collection.outcome(0)).toMatchObject({
      failReason: 'agent_lost',
      finishedAt: 5,
      metrics: undefined,
    });
  });

  it('keeps a finished client when its agent goes away afterwards', () => {
    const collection = new Collection(1, [0], 0);
    finish(collection, 0);
    collection.fail(0, 'agent_lost', 9);
    expect(collection.outcome(0)).toMatchObject({ failReason: undefined, metrics });
  });

  it('expires those that are late, and only those', () => {
    const collection = new Collection(1, [0, 1, 2], 0);
    finish(collection, 1);
    expect(collection.expire(9)).toEqual([0, 2]);
    expect(collection.outcome(0)?.failReason).toBe('deadline');
    expect(collection.outcome(1)?.failReason).toBeUndefined();
  });

  it('knows nothing of clients that were not chosen', () => {
    const collection = new Collection(1, [0], 0);
    collection.ready(7, 'host-a', 4);
    finish(collection, 7);
    expect(collection.outcome(7)).toBeUndefined();
    expect(collection.dispatch(1)).toEqual([]);
  });
});
