import { useLive, useScoreName } from '../../live/use-live.js';
import { formatCount, formatLoss, formatPercent, formatSeconds } from '../../ui/format.js';
import { ScrollBox } from '../../ui/scroll-box.js';
import { bestRound } from './run-progress.js';

/** Rows in the page; the store has them all. */
const shownRounds = 200;

/** What each round came to, the latest first. */
export function Rounds() {
  const rounds = useLive((model) => model.rounds);
  const scoreName = useScoreName();
  const best = bestRound(rounds);
  const shown = rounds.slice(-shownRounds).reverse();
  return (
    <section class="panel list" aria-label="Rounds">
      <h2>
        Rounds
        <span class="reading">
          {rounds.length > shownRounds
            ? `the latest ${shownRounds} of ${formatCount(rounds.length)}`
            : `${rounds.length} finished`}
        </span>
      </h2>
      <ScrollBox kind="scroll" label="Finished rounds">
        <table class="rounds">
          <thead>
            <tr>
              <th scope="col">round</th>
              <th scope="col">{scoreName}</th>
              <th scope="col">loss</th>
              <th scope="col">took part</th>
              <th scope="col">failed</th>
              <th scope="col">duration</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((point) => (
              <tr key={point.round} class={point === best ? 'best' : ''}>
                <td>{point.round}</td>
                <td>
                  {point === best && <span class="best-mark">best</span>}
                  {formatPercent(point.accuracy)}
                </td>
                <td>{formatLoss(point.loss)}</td>
                <td>
                  {point.participated} of {point.participated + point.failed}
                </td>
                <td class={point.failed > 0 ? 'warning' : ''}>{point.failed}</td>
                <td>{formatSeconds(point.durationS)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p class="empty">The first round is not over yet.</p>}
      </ScrollBox>
    </section>
  );
}
