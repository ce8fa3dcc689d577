import { existsSync } from 'node:fs';
import { type ErrorCode, errorRegistry, FleetError } from '#protocol';
import { openStore, type QueryOptions, type QueryResult, readLock } from '#store';
import { type StoreLocationFlags, storeLocation } from './store-flags.js';

/** Something that answers read-only SQL. */
export interface StoreReader {
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  close(): Promise<void>;
}

/**
 * Reads a store wherever it is: a database server, the embedded store of a run that goes on (asked
 * over its local HTTP API, since only one process may open the folder), or the folder itself.
 * @throws FleetError CONFIG_INVALID for a location that is none; as `openStore` does
 */
export async function openReader(flags: Readonly<StoreLocationFlags>): Promise<StoreReader> {
  const location = storeLocation(flags);
  if (location.db !== undefined) return openStore(location);
  const holder = readLock(location.storeDir);
  if (holder?.apiUrl !== undefined) return httpReader(holder.apiUrl);
  if (!existsSync(location.storeDir)) {
    throw new FleetError('STORE_UNREACHABLE', `no store in ${location.storeDir} yet; a run makes it`);
  }
  return openStore(location);
}

function httpReader(apiUrl: string): StoreReader {
  const token = new URL(apiUrl).searchParams.get('token');
  return {
    async query(sql, { signal, ...options } = {}) {
      const response = await post(new URL('/api/query', apiUrl), token, { sql, ...options }, signal);
      const body: unknown = await response.json();
      if (!response.ok) throw remoteError(body);
      // The other end is this same program; its answer has the shape that it got from the store.
      return body as QueryResult;
    },
    async close() {},
  };
}

async function post(
  url: URL,
  token: string | null,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (cause) {
    throw new FleetError('STORE_LOCKED', `a run holds it and does not answer on ${url.origin}`, { cause });
  }
}

function remoteError(body: unknown): FleetError {
  if (typeof body !== 'object' || body === null || !('code' in body) || !('message' in body)) {
    return new FleetError('QUERY_FAILED', 'the running process gave no reason');
  }
  const code: ErrorCode = isErrorCode(body.code) ? body.code : 'QUERY_FAILED';
  // The message comes with the registry's wording around it; only the detail is wanted here.
  const [before = '', after = ''] = errorRegistry[code].what('\0').split('\0');
  const message = String(body.message);
  const detail =
    message.startsWith(before) && message.endsWith(after)
      ? message.slice(before.length, message.length - after.length)
      : message;
  return new FleetError(code, detail);
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorRegistry, code);
}
