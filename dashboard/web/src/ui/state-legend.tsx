import { stateLabel, stateOrder } from './agent-states.js';
import { StateIcon } from './state-icons.js';

/** The states with their icons, colours and how many agents are in each. */
export function StateLegend({
  counts,
}: {
  readonly counts: Iterable<readonly [state: string, count: number]>;
}) {
  const byState = new Map(counts);
  return (
    <ul class="legend" aria-label="Agents by state">
      {stateOrder.map((state) => {
        const count = byState.get(state) ?? 0;
        return (
          <li key={state} data-state={state} class={count === 0 ? 'none' : ''} title={stateLabel(state)}>
            <StateIcon state={state} />
            {state} <b data-testid={`state-${state}`}>{count}</b>
          </li>
        );
      })}
    </ul>
  );
}
