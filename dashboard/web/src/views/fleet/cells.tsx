import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { agentName, numberOf, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';
import { toggleClient } from '../../state/selection.js';
import { stateLabel } from '../../ui/agent-states.js';
import { useWidth } from '../../ui/use-width.js';
import { CellPainter, cellGap, layoutOf } from './draw-cells.js';

interface CellsProps {
  readonly agents: AgentTable;
  /** The clients that are shown, in order. */
  readonly order: readonly number[];
  readonly colorBy: string;
  readonly selected: readonly number[];
  readonly hasEnded: boolean;
  readonly onPoint: (client: number | undefined) => void;
  readonly formatMetric: (value: number) => string;
}

/**
 * A cell an agent, drawn on one canvas: a thousand of them change many times a second. One stop of the
 * Tab key; inside, the arrow keys go from agent to agent and Enter selects. The table view shows the same
 * to those who do not see it.
 */
export function Cells({ agents, order, colorBy, selected, hasEnded, onPoint, formatMetric }: CellsProps) {
  const [host, width] = useWidth<HTMLElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<CellPainter>(undefined);
  const [kept, keep] = useState<number>();
  const layout = useMemo(() => layoutOf(order.length, width), [order.length, width]);
  const rows = Math.ceil(order.length / layout.columns);
  const height = Math.max(1, rows * (layout.height + cellGap) - cellGap);

  useLayoutEffect(() => {
    if (canvas.current === null) return;
    painter.current ??= new CellPainter(canvas.current);
    painter.current.paint({ agents, order, colorBy, selected, hasEnded, layout, width, height, kept });
  });

  const clientAt = (event: PointerEvent | MouseEvent): number | undefined => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return undefined;
    const column = Math.floor((event.clientX - box.left) / (layout.width + cellGap));
    const row = Math.floor((event.clientY - box.top) / (layout.height + cellGap));
    return column < 0 || column >= layout.columns ? undefined : order[row * layout.columns + column];
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const from = kept === undefined ? -1 : order.indexOf(kept);
    if ((event.key === 'Enter' || event.key === ' ') && kept !== undefined) {
      event.preventDefault();
      toggleClient(kept);
      return;
    }
    const to = targetOf(event.key, from, order.length, layout.columns);
    if (to === undefined && event.key !== 'Escape') return;
    event.preventDefault();
    const next = to === undefined ? undefined : order[to];
    keep(next);
    onPoint(next);
    const row = Math.floor((to ?? 0) / layout.columns);
    host.current?.scrollTo({ top: row * (layout.height + cellGap) - 120 });
  };

  return (
    <section
      class="cells"
      ref={host}
      aria-label="Agents, a cell each"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys go from agent to agent in it
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={() => {
        keep(undefined);
        onPoint(undefined);
      }}
      data-testid="cells"
      data-count={order.length}
    >
      <canvas
        ref={canvas}
        style={{ width: `${width}px`, height: `${height}px` }}
        onPointerMove={(event) => onPoint(clientAt(event))}
        onPointerLeave={() => onPoint(undefined)}
        onClick={(event) => {
          const client = clientAt(event);
          if (client !== undefined) toggleClient(client);
        }}
      />
      <p class="hidden" aria-live="polite">
        {kept !== undefined && spokenOf(agents, kept, colorBy, formatMetric)}
      </p>
    </section>
  );
}

function spokenOf(
  agents: AgentTable,
  client: number,
  colorBy: string,
  format: (value: number) => string,
): string {
  const failed = agents.failReasons[client] === undefined ? '' : ', failed its last round';
  const metric = colorBy === 'state' ? '' : `, ${format(numberOf(agents, colorBy, client))}`;
  return `${agentName(client)}: ${stateLabel(stateOf(agents, client))}${metric}${failed}`;
}

function targetOf(key: string, from: number, count: number, columns: number): number | undefined {
  const last = count - 1;
  const isFirst = from < 0;
  switch (key) {
    case 'ArrowRight':
      return isFirst ? 0 : Math.min(last, from + 1);
    case 'ArrowLeft':
      return isFirst ? 0 : Math.max(0, from - 1);
    case 'ArrowDown':
      return isFirst ? 0 : from + columns > last ? from : from + columns;
    case 'ArrowUp':
      return isFirst ? 0 : from < columns ? from : from - columns;
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
