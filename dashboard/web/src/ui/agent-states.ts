import type { AgentState } from '#protocol';

/** What an agent's cell says of a state. Colour is in theme.css, shape in state-icons.tsx: none speaks alone. */
const labels: Readonly<Record<AgentState | 'unseen', string>> = {
  training: 'training',
  uploading: 'uploading',
  fetching: 'fetching the model',
  waiting: 'waiting for a core',
  idle: 'idle',
  starting: 'starting',
  unseen: 'not connected yet',
  offline: 'offline',
};

/** States in the legend's order: busy ones first. */
export const stateOrder: readonly string[] = Object.keys(labels);

const labelOf: Readonly<Record<string, string>> = labels;

export const stateLabel = (state: string): string => labelOf[state] ?? state;
