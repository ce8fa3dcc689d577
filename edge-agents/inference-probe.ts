import type { ModelService, Samples } from '#learning';
import type { InferenceFigures } from '#protocol';

/** Requests at most: enough for a 99th percentile. */
const maxRequests = 100;
/** What a probe may take, so that it stays a small part of a round. */
const budgetMs = 20;
/** Requests that a probe makes whatever they take. */
const minRequests = 5;
/** Requests before the measuring: a model's first ones pay for its loading. */
const warmUpRequests = 2;

/** Latencies of a model that answers requests for single samples, one after the other. */
export async function probeLatency(
  service: ModelService,
  { count }: Samples,
): Promise<Omit<InferenceFigures, 'throughput'>> {
  for (let i = 0; i < warmUpRequests; i++) await service.predict(i % count);
  const latencies: number[] = [];
  const began = performance.now();
  let now = began;
  while (latencies.length < maxRequests && (now - began < budgetMs || latencies.length < minRequests)) {
    await service.predict(latencies.length % count);
    const finished = performance.now();
    latencies.push(finished - now);
    now = finished;
  }
  const sorted = Float64Array.from(latencies).sort();
  return {
    requests: sorted.length,
    latencyMeanMs: sorted.reduce((sum, latency) => sum + latency, 0) / sorted.length,
    latencyP50Ms: percentile(sorted, 0.5),
    latencyP95Ms: percentile(sorted, 0.95),
    latencyP99Ms: percentile(sorted, 0.99),
  };
}

/** By nearest rank: the smallest value that is not below this share of them. */
function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}
