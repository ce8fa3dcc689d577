import { useState } from 'preact/hooks';
import type { LiveState, LogLine, RoundPoint, TrafficPoint } from '../../server/live-view.js';
import { Chart } from './chart.js';
import { clock, quantity, ratio, seconds } from './format.js';

export function Curves({ rounds }: { readonly rounds: readonly RoundPoint[] }) {
  const x = rounds.map(({ round }) => round);
  return (
    <>
      <section class="panel" aria-label="Global accuracy">
        <h2>
          Global accuracy <small>on the test set, a round</small>
        </h2>
        <Chart
          x={x}
          series={[{ label: 'accuracy', color: '--blue', values: rounds.map(({ accuracy }) => accuracy) }]}
          isTime={false}
          format={(value) => value.toFixed(2)}
          range={[0, 1]}
          height={200}
          testId="curve"
        />
      </section>
      <section class="panel" aria-label="Global loss">
        <h2>
          Global loss <small>cross-entropy in nats, a round</small>
        </h2>
        <Chart
          x={x}
          series={[{ label: 'loss', color: '--orange', values: rounds.map(({ loss }) => loss) }]}
          isTime={false}
          format={(value) => value.toFixed(2)}
          height={200}
          testId="curve-loss"
        />
      </section>
    </>
  );
}

export function Traffic({ traffic }: { readonly traffic: readonly TrafficPoint[] }) {
  const last = traffic.at(-1);
  const x = traffic.map(({ at }) => at);
  return (
    <section class="panel" aria-label="Messages">
      <h2>
        Messages{' '}
        <small>
          {last ? (last.source === 'broker' ? 'at the broker' : 'at the aggregator') : 'no figures yet'}
        </small>
      </h2>
      <dl class="facts">
        <div>
          <dt class="key in">in</dt>
          <dd data-testid="messages-in">{quantity(last?.messagesInPerS ?? 0, '/s')}</dd>
        </div>
        <div>
          <dt class="key out">out</dt>
          <dd>{quantity(last?.messagesOutPerS ?? 0, '/s')}</dd>
        </div>
        <div>
          <dt>data</dt>
          <dd>{quantity((last?.bytesInPerS ?? 0) + (last?.bytesOutPerS ?? 0), 'B/s')}</dd>
        </div>
        <div>
          <dt>in all</dt>
          <dd>
            {quantity(last?.messages ?? 0, '')}, {quantity(last?.bytes ?? 0, 'B')}
          </dd>
        </div>
      </dl>
      <Chart
        x={x}
        series={[
          { label: 'in', color: '--blue', values: traffic.map(({ messagesInPerS }) => messagesInPerS) },
          { label: 'out', color: '--orange', values: traffic.map(({ messagesOutPerS }) => messagesOutPerS) },
        ]}
        isTime={true}
        format={(value) => quantity(value, '/s')}
        height={130}
        testId="traffic"
      />
    </section>
  );
}

export function Rounds({ rounds }: { readonly rounds: readonly RoundPoint[] }) {
  return (
    <section class="panel" aria-label="Rounds">
      <h2>Rounds</h2>
      {rounds.length === 0 ? (
        <p class="empty">The first round is not over yet.</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>round</th>
                <th>accuracy</th>
                <th>loss</th>
                <th>took part</th>
                <th>failed</th>
                <th>time</th>
              </tr>
            </thead>
            <tbody>
              {[...rounds].reverse().map((point) => (
                <tr key={point.round}>
                  <td>{point.round}</td>
                  <td>{ratio(point.accuracy)}</td>
                  <td>{ratio(point.loss)}</td>
                  <td>{point.participated}</td>
                  <td class={point.failed > 0 ? 'warn' : ''}>{point.failed}</td>
                  <td>{seconds(point.durationS)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

export function Log({ log }: { readonly log: LiveState['log'] }) {
  const [onlyTrouble, setOnlyTrouble] = useState(false);
  const shown = onlyTrouble ? log.filter(({ level }) => level !== 'info') : log;
  return (
    <section class="panel" aria-label="Events">
      <h2>
        Events
        <label class="filter">
          <input
            type="checkbox"
            checked={onlyTrouble}
            onChange={(event) => setOnlyTrouble(event.currentTarget.checked)}
          />
          warnings and errors only
        </label>
      </h2>
      {shown.length === 0 ? (
        <p class="empty">Nothing to tell.</p>
      ) : (
        <ol class="scroll log">
          {[...shown].reverse().map((line) => (
            <Line key={line.id} line={line} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Line({ line }: { readonly line: LogLine }) {
  return (
    <li data-testid="log" class={line.level}>
      <time>{clock(line.at)}</time> <span class="level">{line.level}</span> {line.message}
    </li>
  );
}
