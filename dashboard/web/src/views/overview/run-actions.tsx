import { useAction, useCanAct } from '../../state/use-action.js';
import { ConfirmButton } from '../../ui/confirm-button.js';
import { Trouble } from '../../ui/trouble.js';

/** Pause, resume and stop, where the run goes on here. */
export function RunActions({ isPaused }: { readonly isPaused: boolean }) {
  const canAct = useCanAct();
  const { act, trouble } = useAction();
  if (!canAct) return null;
  return (
    <span class="actions">
      <button type="button" onClick={() => act({ action: isPaused ? 'resume' : 'pause' })}>
        {isPaused ? 'Resume' : 'Pause'}
      </button>
      <ConfirmButton question="Really stop the run?" onConfirm={() => act({ action: 'stop' })}>
        Stop
      </ConfirmButton>
      <Trouble text={trouble} />
    </span>
  );
}
