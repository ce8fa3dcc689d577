/** The sensors of a machine, in the order of a sample's columns. */
export const channels = ['vibration_x', 'vibration_y', 'temperature', 'current', 'pressure', 'flow'] as const;

/**
 * One channel's signal in a state, in shares of the sensor's range, over a window of time u from 0 to 1:
 * level + trend · u + amplitude · sine(cycles · u), and `knocks` short pulses of 0.35.
 */
interface Signal {
  readonly level: number;
  readonly trend?: number;
  readonly amplitude?: number;
  readonly cycles?: number;
  readonly knocks?: number;
}

export interface MachineState {
  readonly name: string;
  /** Signals by channel, in the order of `channels`. */
  readonly signals: readonly [Signal, Signal, Signal, Signal, Signal, Signal];
  /** The machine falls silent for part of the window and comes back. */
  readonly interrupted?: true;
}

const running = {
  vibration: { level: 0.5, amplitude: 0.08, cycles: 6 },
  temperature: { level: 0.45, amplitude: 0.01, cycles: 1 },
  current: { level: 0.5, amplitude: 0.04, cycles: 3 },
  pressure: { level: 0.6, amplitude: 0.03, cycles: 3 },
  flow: { level: 0.55, amplitude: 0.03, cycles: 3 },
} as const;
const { vibration, temperature, current, pressure, flow } = running;

/** The classes: what a pump with its motor is doing, three ways of working and five faults. */
export const machineStates: readonly MachineState[] = Object.freeze<MachineState[]>([
  {
    name: 'idle',
    signals: [
      { level: 0.5, amplitude: 0.02, cycles: 2 },
      { level: 0.5, amplitude: 0.02, cycles: 2 },
      { level: 0.3 },
      { level: 0.15 },
      { level: 0.35 },
      { level: 0.1 },
    ],
  },
  { name: 'normal', signals: [vibration, vibration, temperature, current, pressure, flow] },
  {
    name: 'high_load',
    signals: [
      { ...vibration, amplitude: 0.13, cycles: 9 },
      { ...vibration, amplitude: 0.13, cycles: 9 },
      { ...temperature, level: 0.55 },
      { ...current, level: 0.7, amplitude: 0.06, cycles: 5 },
      { ...pressure, level: 0.72 },
      { ...flow, level: 0.7 },
    ],
  },
  {
    name: 'imbalance',
    signals: [
      { ...vibration, amplitude: 0.3 },
      { ...vibration, amplitude: 0.16 },
      temperature,
      current,
      pressure,
      flow,
    ],
  },
  {
    name: 'bearing_wear',
    signals: [
      { ...vibration, knocks: 5 },
      { ...vibration, knocks: 5 },
      { ...temperature, trend: 0.06 },
      current,
      pressure,
      flow,
    ],
  },
  {
    name: 'overheating',
    signals: [
      vibration,
      vibration,
      { ...temperature, trend: 0.4 },
      { ...current, trend: 0.1 },
      pressure,
      { ...flow, trend: -0.08 },
    ],
  },
  {
    name: 'leak',
    signals: [
      vibration,
      vibration,
      temperature,
      { ...current, trend: 0.08 },
      { ...pressure, trend: -0.35 },
      { ...flow, trend: -0.2 },
    ],
  },
  {
    name: 'intermittent_supply',
    signals: [vibration, vibration, temperature, current, pressure, flow],
    interrupted: true,
  },
]);
