import { useEffect, useState } from 'preact/hooks';
import { connection } from '../live/connection.js';
import { useLive } from '../live/use-live.js';
import { useStore } from '../state/store.js';

/** `performance.now()`, read again four times a second while `isTicking`. */
export function useNow(isTicking: boolean): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    if (!isTicking) return;
    setNow(performance.now());
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}

/**
 * The clock of the run that the page shows, in milliseconds since 1970: the server's, which stands still
 * while there is no connection, or the replay's.
 */
export function useRunClock(): number {
  const isConnected = useStore(connection, ({ state }) => state === 'connected');
  const offset = useLive((model) => model.clockOffsetMs);
  const source = useLive((model) => model.source);
  const isRunning = useLive(({ run }) => run?.status === 'running');
  const now = useNow(isConnected && isRunning && source.kind === 'live');
  return source.kind === 'replay' ? source.at : now + offset;
}
