import type { TrafficView } from '../../../../server/frames/live-view.js';
import { failingCount, isOnline, knownValues, sumOf } from '../../live/agents.js';
import { useAgents, useLive } from '../../live/use-live.js';
import {
  formatBytes,
  formatCount,
  formatLoss,
  formatMegabytes,
  formatPercent,
  formatPoints,
  formatRate,
  formatSeconds,
  noValue,
} from '../../ui/format.js';
import { Tile } from '../../ui/tile.js';
import { bestRound } from './run-progress.js';

/** The figures that one looks for first. */
export function StatTiles() {
  const run = useLive((model) => model.run);
  const rounds = useLive((model) => model.rounds);
  const rates = useLive((model) => model.traffic);
  const agents = useAgents();
  const last = rounds.at(-1);
  const before = rounds.at(-2);
  const best = bestRound(rounds);
  const hasEnded = run !== undefined && run.status !== 'running';
  const isThere = (client: number): boolean => isOnline(agents, client);
  const online = Array.from({ length: agents.count }, (_, client) => client).filter(isThere).length;
  const failing = failingCount(agents);
  const memory = knownValues(agents, 'rss_mb', isThere);
  const meanRoundS = rounds.reduce((sum, { durationS }) => sum + durationS, 0) / rounds.length;
  return (
    <section class="tiles" aria-label="Key figures">
      <Tile
        name={`Global ${run?.scoreName ?? 'accuracy'}`}
        value={last === undefined ? noValue : formatPercent(last.accuracy)}
        note={
          last === undefined
            ? 'after round 1'
            : before === undefined
              ? 'round 1'
              : `${formatPoints(last.accuracy - before.accuracy)} in round ${last.round}`
        }
      />
      <Tile
        name={`Best ${run?.scoreName ?? 'accuracy'}`}
        value={best === undefined ? noValue : formatPercent(best.accuracy)}
        note={best === undefined ? 'after round 1' : `round ${best.round}`}
      />
      <Tile
        name="Global loss"
        value={last === undefined ? noValue : formatLoss(last.loss)}
        note="on the test set"
      />
      <Tile
        name="Round time"
        value={last === undefined ? noValue : formatSeconds(last.durationS)}
        note={last === undefined ? 'after round 1' : `mean ${formatSeconds(meanRoundS)}`}
      />
      <Tile
        name="Agents online"
        value={`${online} / ${run?.clients ?? agents.count}`}
        note={failing === 0 ? 'none failing' : `${failing} failed last time`}
        isWarning={failing > 0}
      />
      <Tile
        name="Agents’ memory"
        value={memory.length === 0 ? noValue : formatMegabytes(sumOf(memory))}
        note={memory.length === 0 ? 'resident' : `${formatMegabytes(sumOf(memory) / memory.length)} each`}
      />
      <Tile name="Messages" {...rateAndTotal(rates, hasEnded, messageRate, messageTotal)} />
      <Tile name="Traffic" {...rateAndTotal(rates, hasEnded, byteRate, byteTotal)} />
    </section>
  );
}

type Formatted = (point: TrafficView) => string;
const messageRate: Formatted = (at) => `${formatRate(at.messagesInPerS + at.messagesOutPerS)} /s`;
const messageTotal: Formatted = (at) => formatCount(at.messages);
const byteRate: Formatted = (at) => `${formatBytes(at.bytesInPerS + at.bytesOutPerS)}/s`;
const byteTotal: Formatted = (at) => formatBytes(at.bytes);

/** The rate, with the total below; after the run, when there is no rate any more, the total alone. */
function rateAndTotal(
  rates: TrafficView | undefined,
  hasEnded: boolean,
  rate: Formatted,
  total: Formatted,
): { readonly value: string; readonly note: string } {
  if (rates === undefined) return { value: noValue, note: 'in and out' };
  return hasEnded
    ? { value: total(rates), note: 'in total' }
    : { value: rate(rates), note: `${total(rates)} in total` };
}
