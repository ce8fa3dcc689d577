import { FleetError } from '#protocol';
import { type DatabaseFeatures, hasTimescaleLicence } from '../layout/index.js';

/**
 * @param need what needs which database, for the message
 * @returns the schema of TimescaleDB's functions
 * @throws FleetError STORE_FAILED where the database has no TimescaleDB under the Timescale License
 */
export function requireTimescale(features: DatabaseFeatures, need: string): string {
  const { timescale } = features;
  if (timescale !== undefined && hasTimescaleLicence(features)) return timescale.schema;
  throw new FleetError('STORE_FAILED', `${need}; this is ${nameOf(features)}`);
}

function nameOf({ embedded, serverVersion, timescale }: DatabaseFeatures): string {
  if (embedded) return 'the embedded store';
  if (timescale === undefined) return `PostgreSQL ${serverVersion} without TimescaleDB`;
  return `TimescaleDB ${timescale.version} under the Apache licence`;
}
