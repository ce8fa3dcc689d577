import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/theme.css';
import './styles/layout.css';
import './styles/agents.css';
import './styles/tables.css';
import { App, type LiveView } from './app.js';
import { connectLive } from './live-connection.js';
import { applyFrame, emptyState } from './live-store.js';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');

let view: LiveView = { state: emptyState, connection: { state: 'connecting' }, clockOffsetMs: 0 };
let isDrawing = false;

/** Takes a change in and draws it with the next animation frame, together with all that came until then. */
function update(change: Partial<LiveView>): void {
  view = { ...view, ...change };
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
}

function draw(): void {
  if (root !== null) render(<App {...view} />, root);
}

draw();
connectLive(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`, {
  onFrame: (frame) =>
    update({ state: applyFrame(view.state, frame), clockOffsetMs: frame.now - performance.now() }),
  onStatus: (connection) => update({ connection }),
});
