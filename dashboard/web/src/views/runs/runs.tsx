import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import { useLive } from '../../live/use-live.js';
import { createStore, useKept } from '../../state/store.js';
import { formatCount } from '../../ui/format.js';
import { QueryState } from '../../ui/query-state.js';
import { ScrollBox } from '../../ui/scroll-box.js';
import { Compare } from './compare.js';
import { NoteEditor } from './note-editor.js';
import { RunRow } from './run-row.js';
import { StartRun } from './start-run.js';
import { useStoredRuns } from './stored-runs.js';

const mostCompared = 6;
const columns = [
  ...['compare', 'run', 'status', 'started', 'took', 'data', 'clients', 'rounds'],
  ...['score', 'loss', 'tags and notes', 'show'],
];

const keptFilter = createStore('');
/** The runs that are compared. */
const keptChoice = createStore<readonly string[]>([]);

/** The stored runs: find, note, compare, play again; and start the next. */
export function Runs() {
  const finished = useLive(({ rounds, run }) => `${run?.runId} ${rounds.length} ${run?.status}`);
  const liveRun = useLive(({ run, source }) => (source.kind === 'live' ? run?.runId : undefined));
  const [filter, setFilter] = useKept(keptFilter);
  const [chosen, choose] = useKept(keptChoice);
  const [noted, setNoted] = useState<string>();
  const [edits, setEdits] = useState(0);
  const { answer, runs, total } = useStoredRuns(filter, `${finished} ${edits}`);
  const toggle = (run: string): void =>
    choose(chosen.includes(run) ? chosen.filter((one) => one !== run) : [...chosen, run]);
  return (
    <>
      <StartRun />
      <section class="panel" aria-label="Runs">
        <h2>
          Runs
          <span class="reading">
            <label class="choice">
              <span>Filter</span>
              <input
                type="search"
                placeholder="name, dataset, tag …"
                value={filter}
                onInput={({ currentTarget }) => setFilter(currentTarget.value)}
              />
            </label>
            {runs.length < total && `the latest ${runs.length} of ${formatCount(total)}; `}
            {chosen.length < 2 ? 'choose 2 to 6 to compare' : `${chosen.length} compared below`}
          </span>
        </h2>
        <QueryState answer={answer}>
          <ScrollBox kind="wide runs-list" label="Stored runs">
            <table class="left">
              <thead>
                <tr>
                  {columns.map((name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {runs.map((run) => (
                  <Fragment key={run.id}>
                    <RunRow
                      run={run}
                      isLive={run.id === liveRun}
                      isCompared={chosen.includes(run.id)}
                      mayCompare={chosen.includes(run.id) || chosen.length < mostCompared}
                      onCompare={() => toggle(run.id)}
                      onNote={() => setNoted(noted === run.id ? undefined : run.id)}
                    />
                    {noted === run.id && (
                      <tr>
                        <td colSpan={columns.length}>
                          <NoteEditor
                            run={run}
                            onClose={(isChanged) => {
                              setNoted(undefined);
                              if (isChanged) setEdits(edits + 1);
                            }}
                          />
                        </td>
                      </tr>
                    )}
                  </Fragment>
                ))}
              </tbody>
            </table>
            {runs.length === 0 && (
              <p class="empty">{filter === '' ? 'No runs yet.' : 'No run fits the filter.'}</p>
            )}
          </ScrollBox>
        </QueryState>
      </section>
      {chosen.length >= 2 && <Compare runs={chosen} version={finished} />}
    </>
  );
}
