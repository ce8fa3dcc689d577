import { agentName } from '../live/agents.js';
import { useRunId } from '../live/use-live.js';
import { hrefOf } from '../state/route.js';
import {
  clearSelection,
  selectClients,
  selectionQuery,
  selectRange,
  useSelection,
} from '../state/selection.js';
import { formatCounted, formatTime } from './format.js';

const namedAgents = 4;

/** What is selected on the page, and the one click from there to its rows. */
export function SelectionBar() {
  const selection = useSelection();
  const run = useRunId();
  const { clients, range } = selection;
  if (run === undefined || (clients.length === 0 && range === undefined)) return null;
  const names =
    clients.length > namedAgents ? formatCounted(clients.length, 'agent') : clients.map(agentName).join(', ');
  return (
    <section class="panel bar" aria-label="Selection" data-testid="selection">
      <strong>Selected</strong>
      {clients.length > 0 && (
        <button type="button" class="chip" onClick={() => selectClients([])} aria-label={`Drop ${names}`}>
          {names} ✕
        </button>
      )}
      {range !== undefined && (
        <button
          type="button"
          class="chip"
          onClick={() => selectRange(undefined)}
          aria-label="Drop the time range"
        >
          {formatTime(range.from)} – {formatTime(range.to)} ✕
        </button>
      )}
      <a href={hrefOf('explore', { sql: selectionQuery(run, selection) })}>Export query</a>
      <button type="button" onClick={clearSelection}>
        Clear
      </button>
    </section>
  );
}
