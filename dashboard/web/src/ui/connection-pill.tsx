import { connection, problem } from '../live/connection.js';
import { useLive } from '../live/use-live.js';
import { useReplayedRun } from '../state/route.js';
import { useStore } from '../state/store.js';
import { formatAge } from './format.js';
import { useNow, useRunClock } from './use-now.js';

/** Whether what the page shows is live, how old it is, and whether the page keeps up. */
export function ConnectionPill() {
  const status = useStore(connection, (value) => value);
  const trouble = useStore(problem, (value) => value);
  // The replay bar says by itself what is wrong with its run.
  const isReplay = useReplayedRun() !== undefined;
  const merged = useLive((model) => model.merged);
  const dataAt = useLive((model) => model.dataAt);
  const isLive = useLive(({ source, run }) => source.kind === 'live' && run?.status === 'running');
  const clock = useRunClock();
  const now = useNow(status.state === 'reconnecting');
  const retryS = status.state === 'reconnecting' ? Math.ceil((status.retryAt - now) / 1000) : 0;
  return (
    <span class="connection" data-state={status.state}>
      {trouble !== undefined && !isReplay && <span class="connection-note warning">{trouble}</span>}
      {status.state === 'reconnecting' && status.isRefused && (
        <span class="connection-note warning">Open the address that the command has printed</span>
      )}
      {status.state === 'reconnecting' && !status.isRefused && (
        <span class="connection-note">
          The page shows what it last saw{retryS > 0 ? `; next try in ${retryS} s` : ''}
        </span>
      )}
      {isLive && dataAt > 0 && (
        <span class="connection-note age" data-testid="data-age" title="Age of the latest data">
          data {formatAge(clock - dataAt)} old
        </span>
      )}
      {merged > 3 && (
        <span
          class="connection-note warning"
          data-testid="merged"
          title="This page does not keep up: frames are merged for it. No data is lost."
        >
          slow page: {merged} frames in one
        </span>
      )}
      <span class="pill" role="status">
        <span class="connection-dot" aria-hidden="true" />
        <span data-testid="connection">{status.state}</span>
      </span>
    </span>
  );
}
