import { hrefOf } from '../../state/route.js';
import { formatCount, formatDuration, formatValue } from '../../ui/format.js';
import type { StoredRun } from './stored-runs.js';

interface RunRowProps {
  readonly run: StoredRun;
  readonly isLive: boolean;
  readonly isCompared: boolean;
  readonly mayCompare: boolean;
  readonly onCompare: () => void;
  readonly onNote: () => void;
}

/** A stored run as a row of the list. */
export function RunRow({ run, isLive, isCompared, mayCompare, onCompare, onNote }: RunRowProps) {
  const { id, name, status, tookS, score, loss, note, tags } = run;
  const verb = note === '' && tags.length === 0 ? 'Add' : 'Edit';
  return (
    <tr data-testid="run" data-run={id}>
      <td>
        <input
          type="checkbox"
          aria-label={`Compare ${name}`}
          checked={isCompared}
          disabled={!mayCompare}
          onChange={onCompare}
        />
      </td>
      <td title={id}>{name}</td>
      <td>
        <span class="badge" data-status={status}>
          {status}
        </span>
      </td>
      <td>{new Date(run.startedAt).toLocaleString('en-GB')}</td>
      <td>{tookS === undefined ? '' : formatDuration(tookS)}</td>
      <td>{run.data}</td>
      <td>{formatCount(run.clients)}</td>
      <td>
        {run.roundsFinished} of {run.rounds}
      </td>
      <td>{score === undefined ? '' : formatValue(score, 'ratio')}</td>
      <td>{loss === undefined ? '' : formatValue(loss, '')}</td>
      <td class="notes" title={note}>
        {tags.map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
        <span class="note">{note}</span>
        <button type="button" onClick={onNote} aria-label={`${verb} notes on ${name}`}>
          {verb}
        </button>
      </td>
      <td>
        <a href={hrefOf('overview', { run: isLive ? undefined : id })}>{isLive ? 'live' : 'replay'}</a>
      </td>
    </tr>
  );
}
