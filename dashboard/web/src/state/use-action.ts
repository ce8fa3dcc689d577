import { useState } from 'preact/hooks';
import { useLive } from '../live/use-live.js';
import { askServer, troubleText } from './http.js';

export type Action =
  | { readonly action: 'pause' | 'resume' | 'stop' }
  | { readonly action: 'kill' | 'slow'; readonly client: number };

/** Whether there is a run here that users may pause, stop and so on. */
export const useCanAct = (): boolean =>
  useLive(({ source, run }) => source.kind === 'live' && source.canAct && run?.status === 'running');

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
