import { useEffect, useState } from 'preact/hooks';
import { problem, send } from '../live/connection.js';
import { useLive } from '../live/use-live.js';
import { hrefOf, useReplayedRun, useRoute } from '../state/route.js';
import { useStore } from '../state/store.js';
import { formatDuration, formatTime } from './format.js';
import { Trouble } from './trouble.js';

const speeds = [1, 2, 5, 10, 30, 60, 100, 300, 1000];

/** Plays a stored run again: play, pause, speed, and a slider to go anywhere in it. */
export function ReplayBar() {
  const wanted = useReplayedRun();
  const { view } = useRoute();
  const source = useLive((model) => model.source);
  const trouble = useStore(problem, (value) => value);
  const [speed, setSpeed] = useState(10);
  const [dragged, drag] = useState<number>();
  const at = source.kind === 'replay' ? source.at : 0;
  // The server has jumped: the slider follows the replay again.
  useEffect(() => drag(undefined), [at]);
  if (wanted === undefined) return null;
  if (source.kind !== 'replay' || source.run !== wanted) {
    return (
      <section class="panel bar" aria-label="Replay">
        {trouble === undefined ? (
          <p class="hint">Reading run {wanted} from the store …</p>
        ) : (
          <Trouble text={trouble} />
        )}
        <a href={hrefOf(view, { run: undefined })}>Back to live</a>
      </section>
    );
  }
  const { from, to, isPlaying } = source;
  const shown = dragged ?? at;
  return (
    <section class="panel bar" aria-label="Replay" data-testid="replay">
      <strong>Replay</strong>
      <button
        type="button"
        onClick={() => send(isPlaying ? { type: 'pause' } : { type: 'play', speed })}
        aria-label={isPlaying ? 'Pause the replay' : 'Play'}
      >
        {isPlaying ? '❚❚' : '▶'}
      </button>
      <label>
        <span class="hidden">Speed</span>
        <select
          value={speed}
          onChange={({ currentTarget }) => {
            const chosen = Number(currentTarget.value);
            setSpeed(chosen);
            if (isPlaying) send({ type: 'play', speed: chosen });
          }}
        >
          {speeds.map((one) => (
            <option key={one} value={one}>
              {one}×
            </option>
          ))}
        </select>
      </label>
      <input
        type="range"
        aria-label="Time in the run"
        min={from}
        max={to}
        step={Math.max(1, (to - from) / 1000)}
        value={shown}
        aria-valuetext={formatDuration((shown - from) / 1000)}
        onInput={({ currentTarget }) => drag(Number(currentTarget.value))}
        onChange={({ currentTarget }) => send({ type: 'seek', at: Number(currentTarget.value) })}
      />
      <span class="replay-time">
        {formatDuration((shown - from) / 1000)} of {formatDuration((to - from) / 1000)} · {formatTime(shown)}
      </span>
      <a href={hrefOf(view, { run: undefined })}>Back to live</a>
    </section>
  );
}
