import type { RandomStream } from '#protocol';
import type { Device } from './device.js';
import { channels, type MachineState, machineStates } from './states.js';

/** Readings of every sensor in one sample. */
export const steps = 48;

const knockHeight = 0.35;
const knockSteps = 3;
/** Probability that one sensor of a sample is out for a while. */
const outage = 0.15;

/**
 * Renders one window of a device's sensors as 8-bit readings, [steps, channels] row by row: 1 to 255
 * over the sensor's range, 0 for a missing reading.
 *
 * Faults come in degrees: the signals lie between those of normal work and those of the state. The sine
 * is our own, since engines differ in the last bits of theirs: every platform renders the same bytes.
 */
export function renderSeries(state: MachineState, device: Device, stream: RandomStream): Uint8Array {
  const age = stream.float();
  const degree = stream.between(0.4, 1);
  const phase = stream.float();
  const silence = state.interrupted ? drawSpan(stream, 8, 20) : undefined;
  const readings = new Uint8Array(steps * channels.length);
  for (let c = 0; c < channels.length; c++) {
    const signal = blended(state, c, degree);
    const knocks = knockTimes(signal.knocks, stream);
    const out = stream.float() < outage / channels.length ? drawSpan(stream, 4, 12) : undefined;
    const bias = (device.offset[c] ?? 0) + age * (device.drift[c] ?? 0);
    for (let t = 0; t < steps; t++) {
      const u = t / steps;
      const isSilent = silence !== undefined && within(t, silence);
      const working =
        signal.level + signal.trend * u + signal.amplitude * sine(signal.cycles * device.speed * u + phase);
      const value = (isSilent ? idleLevel(c) : working) + knockAt(t, knocks);
      const measured = (device.gain[c] ?? 1) * value + bias + (device.noise[c] ?? 0) * stream.normal();
      const isMissing = stream.float() < device.missing || (out !== undefined && within(t, out));
      readings[t * channels.length + c] = isMissing
        ? 0
        : 1 + Math.round(254 * Math.min(1, Math.max(0, measured)));
    }
  }
  return readings;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function drawSpan(stream: RandomStream, shortest: number, longest: number): Span {
  const length = stream.integer(shortest, longest);
  const start = stream.integer(0, steps - length);
  return { start, end: start + length };
}

const within = (t: number, { start, end }: Span): boolean => t >= start && t < end;

const [idle, normal] = machineStates;

/** Vibration rests in the middle of its range, everything else at the level of an idle machine. */
function idleLevel(channel: number): number {
  return idle?.signals[channel]?.level ?? 0;
}

/** Between normal work, at degree 0, and the state, at 1; idling and load are no faults and come whole. */
function blended(state: MachineState, channel: number, degree: number) {
  const isFault = machineStates.indexOf(state) > 2;
  const share = isFault ? degree : 1;
  const from = normal?.signals[channel] ?? { level: 0 };
  const to = state.signals[channel] ?? from;
  const mix = (a = 0, b = 0): number => a + share * (b - a);
  return {
    level: mix(from.level, to.level),
    trend: mix(from.trend, to.trend),
    amplitude: mix(from.amplitude, to.amplitude),
    cycles: mix(from.cycles, to.cycles),
    knocks: Math.round(mix(from.knocks, to.knocks)),
  };
}

/** Evenly spread with some jitter, as a worn bearing's are. */
function knockTimes(count: number, stream: RandomStream): readonly number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(((i + stream.float()) * steps) / count));
}

function knockAt(t: number, knocks: readonly number[]): number {
  let height = 0;
  for (const knock of knocks) {
    if (t >= knock && t < knock + knockSteps) height += knockHeight * (1 - (t - knock) / knockSteps);
  }
  return height;
}

/** sin(2π turns), to 0.2 per cent, by Bhaskara's rational approximation. */
function sine(turns: number): number {
  const turn = turns - Math.floor(turns);
  const half = turn < 0.5 ? 2 * turn : 2 * turn - 1;
  const product = half * (1 - half);
  const value = (16 * product) / (5 - 4 * product);
  return turn < 0.5 ? value : -value;
}
