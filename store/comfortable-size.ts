import type { StoreNotice } from './store-notice.js';

/**
 * Up to here the embedded database is comfortable: about 10 million rows of telemetry (`npm run bench --
 * embedded 10000000`). It takes more, but a question to all of them then takes many seconds, in the one thread
 * that also writes, and no background process tidies up after it.
 */
const comfortableBytes = 3e9;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** What people are told of an embedded database's size. */
export function describeSize(bytes: number): string {
  return `${gigabytes(bytes)}; comfortable up to ${gigabytes(comfortableBytes)}, about 10 million rows of telemetry`;
}

/** What its user should know when it is opened: that it has outgrown this kind of database. */
export function sizeNotice(bytes: number): StoreNotice | undefined {
  if (bytes <= comfortableBytes) return undefined;
  return {
    level: 'warn',
    code: 'STORE_LARGE',
    message: `the embedded store has ${describeSize(bytes)}: delete runs (mlaas db drop-run) or keep them on a server (--db)`,
  };
}
