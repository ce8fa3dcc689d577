import type { Legend } from '../../charts/color-legend.js';
import { heatmapSvg } from '../../charts/heatmap-svg.js';
import { cssColor, plotSavings, type Savings } from '../../charts/save.js';
import { agentName, numberOf, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';
import { cellLooks } from './cell-look.js';

const columns = 40;

interface ShownFleet {
  readonly agents: AgentTable;
  /** The clients that are shown, in order. */
  readonly order: readonly number[];
  /** `state`, or the id of a metric. */
  readonly colorBy: string;
  readonly hasEnded: boolean;
  readonly legend: Legend;
}

/** The fleet as a picture of its cells, forty a row, and as a table of all that is known of each agent. */
export function fleetSavings({ agents, order, colorBy, hasEnded, legend }: ShownFleet): Savings {
  const title = `Agents by ${colorBy}`;
  const rows = Math.ceil(order.length / columns);
  return plotSavings(
    title,
    () => {
      const lookOf = cellLooks({ agents, colorBy, hasEnded }, cssColor);
      const picture = {
        title,
        rowName: (row: number) => agentName(order[row * columns] ?? 0),
        columnName: (column: number) => `+${column}`,
        values: Array.from({ length: rows }, (_, row) =>
          Array.from({ length: columns }, (_, column) => order[row * columns + column] ?? Number.NaN),
        ),
        fillOf: (client: number) => lookOf(client).fill,
        legend,
      };
      return heatmapSvg(picture, cssColor);
    },
    () => {
      const names = Object.keys(agents.columns).filter((name) => name !== 'client' && name !== 'state');
      return [
        ['agent', 'state', ...names, 'last_failure'],
        order.map((client) => [
          agentName(client),
          stateOf(agents, client),
          ...names.map((name) => orEmpty(numberOf(agents, name, client))),
          agents.failReasons[client],
        ]),
      ];
    },
  );
}

const orEmpty = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);
