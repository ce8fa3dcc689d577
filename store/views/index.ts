import { partitionMatrix } from './partition-matrix.js';
import { qosTimeseries } from './qos-timeseries.js';
import { roundsSummary } from './rounds-summary.js';
import { serviceInstances } from './service-instances.js';
import type { ViewSpec } from './view-spec.js';

/** Every view of the store beside the summaries of telemetry; one that uses another stands after it. */
export const views: readonly ViewSpec[] = [serviceInstances, roundsSummary, partitionMatrix, qosTimeseries];
