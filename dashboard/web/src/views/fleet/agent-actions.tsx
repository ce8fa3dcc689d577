import { useAction, useCanAct } from '../../state/use-action.js';
import { ConfirmButton } from '../../ui/confirm-button.js';
import { Trouble } from '../../ui/trouble.js';

/** What can be done to an agent, to see what happens. */
export function AgentActions({ client }: { readonly client: number }) {
  const canAct = useCanAct();
  const { act, trouble } = useAction();
  if (!canAct) return null;
  return (
    <p class="actions">
      <button
        type="button"
        onClick={() => act({ action: 'slow', client })}
        title="A quarter of its speed for 20 s"
      >
        Slow down
      </button>
      <ConfirmButton question="Really kill it?" onConfirm={() => act({ action: 'kill', client })}>
        Kill
      </ConfirmButton>
      <Trouble text={trouble} />
    </p>
  );
}
