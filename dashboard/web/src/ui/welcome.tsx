import { type ConnectionStatus, connection } from '../live/connection.js';
import { useStore } from '../state/store.js';

const texts: Readonly<Record<ConnectionStatus['state'] | 'refused', readonly [title: string, text: string]>> =
  {
    connecting: ['Connecting', 'Asking the server for the run.'],
    connected: ['No run yet', 'The run is being prepared. It will appear here by itself.'],
    reconnecting: [
      'The server cannot be reached',
      'It has ended or is starting again. The page tries on by itself; there is nothing to reload.',
    ],
    refused: [
      'The server wants another token',
      'It has been started anew. Open the address that the command has printed.',
    ],
  };

/** In the place of a run, as long as there is none to show. */
export function Welcome() {
  const [title, text] = texts[useStore(connection, nameOf)];
  return (
    <section class="panel welcome">
      <h1>{title}</h1>
      <p>{text}</p>
    </section>
  );
}

const nameOf = (status: ConnectionStatus): keyof typeof texts =>
  status.state === 'reconnecting' && status.isRefused ? 'refused' : status.state;
