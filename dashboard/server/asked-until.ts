import type { FastifyReply } from 'fastify';
import type { Queryable } from '#store';

/** The store as somebody asks it who may leave: from the signal on, no answer is waited for. */
export function askedUntil(left: AbortSignal, store: Queryable): Queryable {
  return {
    query: (sql, options = {}) => {
      const signal = options.signal === undefined ? left : AbortSignal.any([left, options.signal]);
      return store.query(sql, { ...options, signal });
    },
  };
}

/** The store as the client of a request asks it, until that has its answer or hangs up. */
export function askedBy({ raw }: FastifyReply, store: Queryable): Queryable {
  const controller = new AbortController();
  raw.once('close', () => controller.abort());
  return askedUntil(controller.signal, store);
}
