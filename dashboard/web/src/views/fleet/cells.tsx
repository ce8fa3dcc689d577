import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { inkOn, scaleColor } from '../../charts/color-scale.js';
import { agentName, knownValues, numberOf, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';
import { toggleClient } from '../../state/selection.js';
import { stateLabel } from '../../ui/agent-states.js';

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
const gap = 3;

interface Layout {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  readonly isNamed: boolean;
}

function layoutOf(count: number, width: number): Layout {
  const [cell, height] =
    count <= 60 ? [86, 44] : count <= 400 ? [34, 26] : count <= 2500 ? [20, 20] : [10, 10];
  const columns = Math.max(1, Math.floor((width + gap) / (cell + gap)));
  return { columns, width: Math.max(4, (width + gap) / columns - gap), height, isNamed: count <= 60 };
}

/**
 * A cell an agent, drawn on one canvas: a thousand of them change many times a second. One stop of the
 * Tab key; inside, the arrow keys go from agent to agent and Enter selects. The table view shows the same
 * to those who do not see it.
 */
export function Cells({ agents, order, colorBy, selected, hasEnded, onPoint, formatMetric }: CellsProps) {
  const host = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(600);
  const [kept, keep] = useState<number>();
  const layout = useMemo(() => layoutOf(order.length, width), [order.length, width]);
  const rows = Math.ceil(order.length / layout.columns);
  const height = Math.max(1, rows * (layout.height + gap) - gap);

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    if (canvas.current === null) return;
    drawCells(canvas.current, { agents, order, colorBy, selected, hasEnded, layout, width, height, kept });
  });

  const clientAt = (event: PointerEvent | MouseEvent): number | undefined => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return undefined;
    const column = Math.floor((event.clientX - box.left) / (layout.width + gap));
    const row = Math.floor((event.clientY - box.top) / (layout.height + gap));
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
    host.current?.scrollTo({ top: row * (layout.height + gap) - 120 });
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

interface Drawing {
  readonly agents: AgentTable;
  readonly order: readonly number[];
  readonly colorBy: string;
  readonly selected: readonly number[];
  readonly hasEnded: boolean;
  readonly layout: Layout;
  readonly width: number;
  readonly height: number;
  readonly kept: number | undefined;
}

function drawCells(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const { agents, order, colorBy, selected, hasEnded, layout, width, height, kept } = drawing;
  const density = window.devicePixelRatio;
  const [pixelWidth, pixelHeight] = [Math.round(width * density), Math.round(height * density)];
  // Setting a size, even the same, makes the canvas anew.
  if (canvas.width !== pixelWidth) canvas.width = pixelWidth;
  if (canvas.height !== pixelHeight) canvas.height = pixelHeight;
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const [text, panel, warn] = [color('--text'), color('--panel'), color('--warn')];
  const stateColors = new Map(
    Object.keys(letters).map((state) => [
      state,
      color(state === 'offline' && hasEnded ? '--idle' : `--${state}`),
    ]),
  );
  const values = colorBy === 'state' ? [] : knownValues(agents, colorBy);
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const chosen = new Set(selected);
  pen.textBaseline = 'middle';
  for (let index = 0; index < order.length; index++) {
    const client = order[index] ?? 0;
    const x = (index % layout.columns) * (layout.width + gap);
    const y = Math.floor(index / layout.columns) * (layout.height + gap);
    const state = stateOf(agents, client);
    const value = colorBy === 'state' ? Number.NaN : numberOf(agents, colorBy, client);
    const share = high > low ? (value - low) / (high - low) : 0.5;
    const isKnown = colorBy === 'state' || !Number.isNaN(value);
    pen.fillStyle =
      colorBy === 'state' ? (stateColors.get(state) ?? text) : isKnown ? scaleColor(share) : panel;
    pen.fillRect(x, y, layout.width, layout.height);
    if (!isKnown) {
      pen.strokeStyle = color('--line');
      pen.strokeRect(x + 0.5, y + 0.5, layout.width - 1, layout.height - 1);
    }
    if (layout.height >= 16) {
      pen.fillStyle = colorBy === 'state' ? panel : isKnown ? inkOn(share) : text;
      pen.font = layout.isNamed ? `600 12px ${style.fontFamily}` : `11px ${style.fontFamily}`;
      pen.textAlign = layout.isNamed ? 'left' : 'center';
      if (layout.isNamed) {
        pen.fillText(`${letters[state] ?? ''} ${agentName(client)}`, x + 7, y + 14);
        pen.font = `11px ${style.fontFamily}`;
        pen.fillText(state, x + 7, y + 31);
      } else {
        pen.fillText(letters[state] ?? '', x + layout.width / 2, y + layout.height / 2 + 1);
      }
    }
    if (agents.failReasons[client] !== undefined) {
      pen.fillStyle = warn;
      pen.beginPath();
      pen.moveTo(x + layout.width, y);
      pen.lineTo(x + layout.width, y + 9);
      pen.lineTo(x + layout.width - 9, y);
      pen.fill();
    }
    if (chosen.has(client) || client === kept) {
      pen.lineWidth = 2;
      pen.strokeStyle = text;
      pen.strokeRect(x + 1, y + 1, layout.width - 2, layout.height - 2);
      pen.lineWidth = 1;
    }
  }
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
