import { useMemo, useState } from 'preact/hooks';
import type { RoundPoint } from '../../server/live-view.js';
import { type Axis, Chart, decimalSteps, decimalsOf } from './chart.js';
import { formatLoss, formatPercent, noValue } from './format.js';

interface CurvesProps {
  readonly rounds: readonly RoundPoint[];
  /** Rounds that the run is to have. */
  readonly totalRounds: number;
}

/** The global model's accuracy and loss, round by round. */
export function Curves({ rounds, totalRounds }: CurvesProps) {
  const xAxis = useMemo(() => roundAxis(totalRounds), [totalRounds]);
  return (
    <>
      <Curve
        title="Global accuracy"
        testId="curve"
        color="--accent"
        rounds={rounds}
        xAxis={xAxis}
        yAxis={accuracyAxis}
        read={accuracyOf}
        format={formatPercent}
      />
      <Curve
        title="Global loss"
        testId="curve-loss"
        color="--second"
        rounds={rounds}
        xAxis={xAxis}
        yAxis={lossAxis}
        read={lossOf}
        format={formatLoss}
      />
    </>
  );
}

interface CurveProps {
  readonly title: string;
  readonly testId: string;
  readonly color: string;
  readonly rounds: readonly RoundPoint[];
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  readonly read: (point: RoundPoint) => number;
  readonly format: (value: number) => string;
}

function Curve({ title, testId, color, rounds, xAxis, yAxis, read, format }: CurveProps) {
  const [pointed, point] = useState<number>();
  const x = useMemo(() => rounds.map(({ round }) => round), [rounds]);
  const series = useMemo(
    () => [{ label: title, color, values: rounds.map(read) }],
    [rounds, title, color, read],
  );
  const shown = (pointed === undefined ? undefined : rounds[pointed]) ?? rounds.at(-1);
  const text = shown === undefined ? noValue : format(read(shown));
  return (
    <section class="panel" aria-label={title} data-testid={testId} data-points={rounds.length}>
      <h2>
        {title}
        <span class="reading">
          <b>{text}</b> {shown !== undefined && `round ${shown.round}`}
        </span>
      </h2>
      <div class="plot">
        <Chart
          label={`${title} by round; latest: ${text}`}
          x={x}
          xAxis={xAxis}
          yAxis={yAxis}
          series={series}
          hasMarks={rounds.length <= 60}
          onPoint={point}
        />
        {rounds.length === 0 && <p class="plot-empty">The first point comes with the end of round 1.</p>}
      </div>
    </section>
  );
}

const accuracyOf = ({ accuracy }: RoundPoint): number => accuracy;
const lossOf = ({ loss }: RoundPoint): number => loss;

/** Short runs have their whole length from the start, so that the axis stands still. */
function roundAxis(totalRounds: number): Axis {
  return {
    range: (_, high) => {
      const end = Math.max(2, totalRounds <= 100 ? totalRounds : Math.max(20, high));
      const margin = (end - 1) * 0.03;
      return [1 - margin, end + margin];
    },
    format: (value) => String(value),
    steps: decimalSteps(0, 5),
  };
}

const accuracyAxis: Axis = {
  range: (low, high) => {
    const margin = Math.max(high - low, 0.02) * 0.1;
    return [Math.max(0, low - margin), Math.min(1, high + margin)];
  },
  format: (value, step) => `${(value * 100).toFixed(decimalsOf(step * 100))} %`,
  steps: decimalSteps(-5, 0),
};

const lossAxis: Axis = {
  range: (low, high) => {
    const margin = Math.max(high - low, high * 0.05) * 0.1;
    return margin > 0 ? [Math.max(0, low - margin), high + margin] : [0, 1];
  },
  format: (value, step) => value.toFixed(decimalsOf(step)),
  steps: decimalSteps(-6, 6),
};
