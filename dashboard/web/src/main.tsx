import 'uplot/dist/uPlot.min.css';
import './style.css';
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Frame, LiveState } from '../../server/live-view.js';
import { type ConnectionState, connect } from './connection.js';
import { Fleet } from './fleet.js';
import { Header } from './header.js';
import { applyFrame, emptyState } from './live-store.js';
import { Curves, Log, Rounds, Traffic } from './panels.js';

function App() {
  const { state, connection, now } = useLive();
  return (
    <>
      <Header state={state} connection={connection} now={now} />
      <main>
        <Curves rounds={state.rounds} />
        <Fleet agents={state.agents} />
        <Traffic traffic={state.traffic} />
        <Rounds rounds={state.rounds} />
        <Log log={state.log} />
      </main>
    </>
  );
}

/** The live state, at most once an animation frame, and the server's clock, once a second. */
function useLive(): { state: LiveState; connection: ConnectionState; now: number } {
  const [state, setState] = useState(emptyState);
  const [connection, setConnection] = useState<ConnectionState>('connecting');
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    let latest = emptyState;
    let isScheduled = false;
    let clockOffset = 0;
    const draw = (): void => {
      isScheduled = false;
      setState(latest);
    };
    connect((frame: Frame) => {
      latest = applyFrame(latest, frame);
      clockOffset = frame.now - Date.now();
      if (isScheduled) return;
      isScheduled = true;
      requestAnimationFrame(draw);
    }, setConnection);
    const timer = setInterval(() => setNow(Date.now() + clockOffset), 1000);
    return () => clearInterval(timer);
  }, []);
  return { state, connection, now };
}

const app = document.getElementById('app');
if (app) render(<App />, app);
