import { useState } from 'preact/hooks';
import { useLive } from '../live/use-live.js';
import { askServer, troubleText } from './http.js';
import { useReplayedRun } from './route.js';

export type Action =
  | { readonly action: 'pause' | 'resume' | 'stop' }
  | { readonly action: 'kill' | 'slow'; readonly client: number };

/** Whether there is a run here that users may pause, stop and so on. */
export function useCanAct(): boolean {
  // While a stored run is being read, the live one is still there: it is not what the user means.
  const isReplay = useReplayedRun() !== undefined;
  const canAct = useLive(
    ({ source, run }) => source.kind === 'live' && source.canAct && run?.status === 'running',
  );
  return canAct && !isReplay;
}

/** @returns how to do something to the run, and why the last deed failed */
export function useAction(): {
  readonly act: (action: Action) => void;
  readonly trouble: string | undefined;
} {
  const [trouble, setTrouble] = useState<string>();
  const act = (action: Action): void => {
    askServer('/api/actions', { body: action })
      .then(() => setTrouble(undefined))
      .catch((cause: unknown) => setTrouble(troubleText(cause)));
  };
  return { act, trouble };
}
