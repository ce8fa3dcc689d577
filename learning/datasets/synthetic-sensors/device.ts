import { randomStream } from '#protocol';
import { channels } from './states.js';

/** How one device's sensors differ from nominal ones; lists are by channel. */
export interface Device {
  readonly gain: readonly number[];
  /** Constant bias of the sensor, in shares of its range. */
  readonly offset: readonly number[];
  /** Bias that builds up over the device's life. */
  readonly drift: readonly number[];
  /** Standard deviation of the noise. */
  readonly noise: readonly number[];
  /** Factor on every frequency. */
  readonly speed: number;
  /** Probability that a single reading is missing. */
  readonly missing: number;
}

/** Devices of the dataset; sample i, of the training and then the test set, is of device i mod 60. */
export const deviceCount = 60;

/** Draws a device. @param seed of the dataset */
export function drawDevice(index: number, seed: number): Device {
  const stream = randomStream(seed, 'device', index);
  const draw = (mean: number, deviation: number) => channels.map(() => mean + deviation * stream.normal());
  return {
    gain: draw(1, 0.08),
    offset: draw(0, 0.03),
    drift: draw(0, 0.06),
    noise: channels.map(() => stream.between(0.015, 0.05)),
    speed: stream.between(0.85, 1.15),
    missing: stream.between(0, 0.05),
  };
}
