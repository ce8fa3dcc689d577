import type { ColoredKind } from '../../charts/color-legend.js';
import { inkOn, scaleColor } from '../../charts/color-scale.js';
import { knownRange, numberOf, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';
import { stateLabel } from '../../ui/agent-states.js';

/** After the run, agents have left as they should: they do not look lost. */
const colorOfState = (state: string, hasEnded: boolean): string =>
  state === 'offline' && hasEnded ? '--idle' : `--${state}`;

/** One letter a state, since colour alone must not speak. */
const letters: Readonly<Record<string, string>> = {
  training: 'T',
  uploading: 'U',
  fetching: 'F',
  waiting: 'W',
  idle: 'I',
  starting: 'S',
  unseen: '?',
  offline: '×',
};

/** The states with the colours of their cells. */
export const coloredStates = (hasEnded: boolean): ColoredKind[] =>
  Object.keys(letters).map((state) => ({ label: stateLabel(state), color: colorOfState(state, hasEnded) }));

export interface CellLook {
  readonly letter: string;
  /** CSS colours of the cell and of what stands on it. */
  readonly fill: string;
  readonly ink: string;
  /** Whether there is anything to show; otherwise the cell is an outline. */
  readonly isKnown: boolean;
}

interface ColouredFleet {
  readonly agents: AgentTable;
  /** `state`, or the id of a metric. */
  readonly colorBy: string;
  /** After the run, agents have left as they should. */
  readonly hasEnded: boolean;
}

/**
 * How the cell of each agent looks.
 * @param colorOf the value of a CSS variable
 */
export function cellLooks(
  { agents, colorBy, hasEnded }: ColouredFleet,
  colorOf: (variable: string) => string,
): (client: number) => CellLook {
  const [text, panel] = [colorOf('--text'), colorOf('--panel')];
  if (colorBy === 'state') {
    const looks = new Map(
      Object.entries(letters).map(([state, letter]) => {
        const fill = colorOf(colorOfState(state, hasEnded));
        return [state, { letter, fill, ink: panel, isKnown: true }];
      }),
    );
    const strange = { letter: '', fill: text, ink: panel, isKnown: true };
    return (client) => looks.get(stateOf(agents, client)) ?? strange;
  }
  const [low, high] = knownRange(agents, colorBy) ?? [0, 0];
  return (client) => {
    const letter = letters[stateOf(agents, client)] ?? '';
    const value = numberOf(agents, colorBy, client);
    if (Number.isNaN(value)) return { letter, fill: panel, ink: text, isKnown: false };
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return { letter, fill: scaleColor(share), ink: inkOn(share), isKnown: true };
  };
}
