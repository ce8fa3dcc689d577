import { useState } from 'preact/hooks';
import { useLive } from '../live/use-live.js';

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
    perform(action)
      .then(() => setTrouble(undefined))
      .catch((cause: unknown) => setTrouble(cause instanceof Error ? cause.message : String(cause)));
  };
  return { act, trouble };
}

async function perform(action: Action): Promise<void> {
  const response = await fetch('/api/actions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(action),
  });
  if (response.ok) return;
  const body: unknown = await response.json();
  const hasMessage = typeof body === 'object' && body !== null && 'message' in body;
  throw new Error(hasMessage ? String(body.message) : `the server answered ${response.status}`);
}
