import { Component } from 'preact';
import type { AgentView } from '../../server/live-view.js';
import { stateLabel } from './agent-states.js';
import { formatPercent } from './format.js';
import { StateIcon } from './state-icons.js';

interface AgentCellProps {
  readonly agent: AgentView;
  readonly isSelected: boolean;
}

export const agentCellId = (client: number): string => `agent-${client}`;

/** One agent of the grid. Drawn again only when its own agent has changed: there may be thousands. */
export class AgentCell extends Component<AgentCellProps> {
  override shouldComponentUpdate(next: AgentCellProps): boolean {
    return next.agent !== this.props.agent || next.isSelected !== this.props.isSelected;
  }

  override render() {
    const { agent, isSelected } = this.props;
    const { client, state, round, failReason, accuracy } = agent;
    const failed = failReason === undefined ? '' : ', failed its last round';
    return (
      <div
        id={agentCellId(client)}
        class="cell"
        role="option"
        tabIndex={-1}
        aria-selected={isSelected}
        aria-label={`${agent.agent}: ${stateLabel(state)}, round ${round}${failed}`}
        data-testid="agent"
        data-agent={agent.agent}
        data-client={client}
        data-state={state}
      >
        <StateIcon state={state} />
        <span class="cell-name">{agent.agent}</span>
        <span class="cell-state">{state}</span>
        <span class="cell-accuracy">{accuracy === undefined ? '' : formatPercent(accuracy)}</span>
        {failReason !== undefined && (
          <span class="cell-failed">
            <StateIcon state="failed" />
          </span>
        )}
      </div>
    );
  }
}
