import type { ConnectionStatus } from './live-connection.js';
import { useNow } from './use-now.js';

/** Whether what the page shows is live. */
export function ConnectionPill({ connection }: { readonly connection: ConnectionStatus }) {
  const now = useNow(connection.state === 'reconnecting');
  const retryS = connection.state === 'reconnecting' ? Math.ceil((connection.retryAt - now) / 1000) : 0;
  return (
    <span class="connection" data-state={connection.state}>
      {connection.state === 'reconnecting' && (
        <span class="connection-note">
          The page shows what it last saw{retryS > 0 ? `; next try in ${retryS} s` : ''}
        </span>
      )}
      <span class="pill" role="status">
        <span class="connection-dot" aria-hidden="true" />
        <span data-testid="connection">{connection.state}</span>
      </span>
    </span>
  );
}
