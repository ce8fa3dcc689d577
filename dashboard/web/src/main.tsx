import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/theme.css';
import './styles/layout.css';
import './styles/agents.css';
import './styles/tables.css';
import './styles/controls.css';
import { App } from './app.js';
import { connect } from './live/connection.js';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
render(<App />, root);
connect();
