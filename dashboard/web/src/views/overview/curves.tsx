import { useMemo } from 'preact/hooks';
import type { RoundPoint } from '../../../../server/frames/live-view.js';
import { type Axis, fittedAxis, ratioAxis, roundAxis, unitAxis } from '../../charts/axis.js';
import { ChartPanel } from '../../charts/chart-panel.js';
import { useLive, useScoreName } from '../../live/use-live.js';
import { formatLoss, formatPercent, noValue } from '../../ui/format.js';

const emptyText = 'The first point comes with the end of round 1.';

/** The global model's accuracy and loss, and who took part, round by round. */
export function Curves() {
  const rounds = useLive((model) => model.rounds);
  const totalRounds = useLive(({ run }) => run?.rounds ?? 0);
  const scoreName = useScoreName();
  const xAxis = useMemo(() => roundAxis(totalRounds), [totalRounds]);
  return (
    <>
      <Curve
        title={`Global ${scoreName}`}
        testId="curve"
        color="--accent"
        rounds={rounds}
        xAxis={xAxis}
        yAxis={ratioAxis}
        read={accuracyOf}
        format={formatPercent}
      />
      <Curve
        title="Global loss"
        testId="curve-loss"
        color="--second"
        rounds={rounds}
        xAxis={xAxis}
        yAxis={fittedAxis}
        read={lossOf}
        format={formatLoss}
      />
      <Participation rounds={rounds} xAxis={xAxis} />
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
  const x = useMemo(() => rounds.map(({ round }) => round), [rounds]);
  const lines = useMemo(
    () => [{ label: title, color, values: rounds.map(read) }],
    [rounds, title, color, read],
  );
  const last = rounds.at(-1);
  return (
    <ChartPanel
      title={title}
      testId={testId}
      x={x}
      xName="round"
      xAxis={xAxis}
      yAxis={yAxis}
      lines={lines}
      reading={(index) => {
        const shown = rounds[index];
        return (
          shown !== undefined && (
            <>
              <b>{format(read(shown))}</b> round {shown.round}
            </>
          )
        );
      }}
      spoken={last === undefined ? noValue : format(read(last))}
      emptyText={emptyText}
    />
  );
}

function Participation({ rounds, xAxis }: { readonly rounds: readonly RoundPoint[]; readonly xAxis: Axis }) {
  const x = useMemo(() => rounds.map(({ round }) => round), [rounds]);
  const lines = useMemo(
    () => [
      { label: 'took part', color: '--accent', values: rounds.map(({ participated }) => participated) },
      { label: 'failed', color: '--second', values: rounds.map(({ failed }) => failed), dash: [6, 3] },
    ],
    [rounds],
  );
  const last = rounds.at(-1);
  return (
    <ChartPanel
      title="Participants"
      testId="participants"
      x={x}
      xName="round"
      xAxis={xAxis}
      yAxis={unitAxis('clients')}
      lines={lines}
      reading={(index) => (
        <>
          <span class="key in" /> took part <b>{rounds[index]?.participated ?? noValue}</b>{' '}
          <span class="key out" /> failed <b>{rounds[index]?.failed ?? noValue}</b>
        </>
      )}
      spoken={last === undefined ? noValue : `${last.participated} took part, ${last.failed} failed`}
      emptyText={emptyText}
    />
  );
}

const accuracyOf = ({ accuracy }: RoundPoint): number => accuracy;
const lossOf = ({ loss }: RoundPoint): number => loss;
