import { describe, expect, it } from 'vitest';
import { deviceCount } from '#internal/learning/datasets/synthetic-sensors/device.js';
import { renderSensors } from '#internal/learning/datasets/synthetic-sensors/render-dataset.js';
import { channels, machineStates } from '#internal/learning/datasets/synthetic-sensors/states.js';
import { datasetInfo, parseIdx } from '#learning';
import { sha256 } from '#protocol';

const info = datasetInfo('synthetic_sensors');
const [steps = 0] = info.inputShape;
const perDevice = deviceCount * machineStates.length;

/** Samples of the training set as readings by step and channel. */
async function rendered(trainCount: number) {
  const parts = await renderSensors({ trainCount, testCount: 0 });
  const { data } = parseIdx(parts.trainImages);
  const size = steps * channels.length;
  const labels = parseIdx(parts.trainLabels).data;
  const samples = [...labels].map((label, i) => ({
    state: machineStates[label]!.name,
    device: i % deviceCount,
    column: (channel: (typeof channels)[number]) =>
      Array.from(
        { length: steps },
        (_, t) => data[i * size + t * channels.length + channels.indexOf(channel)]!,
      ),
  }));
  return { labels, samples, bytes: data };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const present = (values: readonly number[]) => values.filter((value) => value > 0);

describe('synthetic_sensors', () => {
  it('is the same wherever it is rendered, whatever was rendered before', async () => {
    const small = await renderSensors({ trainCount: 20, testCount: 10 });
    const other = await renderSensors({ trainCount: 10, testCount: 20 });
    expect(parseIdx(small.trainImages).data.subarray(0, 10 * 288)).toEqual(parseIdx(other.trainImages).data);
    expect(sha256(parseIdx(small.trainImages).data)).toBe(
      '54e02d244a98623a75427259870ec382f21bb745e29e3d82f94649b8327b57b5',
    );
  });

  it('has every state equally often, in every device', async () => {
    const { samples } = await rendered(perDevice);
    const pairs = new Set(samples.map(({ device, state }) => `${device} ${state}`));
    expect(pairs.size).toBe(perDevice);
  });

  it('has missing readings, more in some devices than in others', async () => {
    const { samples } = await rendered(4 * perDevice);
    const missing = Array.from({ length: deviceCount }, (_, device) => {
      const readings = samples.filter((one) => one.device === device).flatMap(({ column }) => column('flow'));
      return readings.filter((reading) => reading === 0).length / readings.length;
    });
    expect(mean(missing)).toBeGreaterThan(0.01);
    expect(mean(missing)).toBeLessThan(0.06);
    expect(Math.max(...missing)).toBeGreaterThan(3 * Math.min(...missing));
  });

  it('has the signs of its states: heat rises, a leak loses pressure, load draws current', async () => {
    const { samples } = await rendered(4 * perDevice);
    const of = (state: string) => samples.filter((one) => one.state === state);
    const rise = (state: string, channel: (typeof channels)[number]) =>
      mean(
        of(state)
          .map(
            ({ column }) =>
              mean(present(column(channel).slice(-8))) - mean(present(column(channel).slice(0, 8))),
          )
          .filter(Number.isFinite),
      );
    expect(rise('overheating', 'temperature')).toBeGreaterThan(rise('normal', 'temperature') + 30);
    expect(rise('leak', 'pressure')).toBeLessThan(rise('normal', 'pressure') - 25);
    const level = (state: string) => mean(of(state).flatMap(({ column }) => present(column('current'))));
    expect(level('high_load')).toBeGreaterThan(level('normal') + 25);
    expect(level('idle')).toBeLessThan(level('normal') - 50);
  });

  it('gives devices biases of their own', async () => {
    const { samples } = await rendered(4 * perDevice);
    const levels = Array.from({ length: deviceCount }, (_, device) =>
      mean(
        samples
          .filter((one) => one.device === device && one.state === 'normal')
          .flatMap(({ column }) => present(column('pressure'))),
      ),
    );
    const spread = Math.sqrt(mean(levels.map((level) => (level - mean(levels)) ** 2)));
    expect(spread).toBeGreaterThan(6);
  });
});
