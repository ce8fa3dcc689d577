import { useEffect, useState } from 'preact/hooks';
import { useLive } from '../../live/use-live.js';
import { askServer, troubleText } from '../../state/http.js';
import { hrefOf } from '../../state/route.js';
import { createStore, useKept } from '../../state/store.js';
import { Trouble } from '../../ui/trouble.js';
import { FieldControl } from './field-control.js';
import {
  type Entries,
  type FormField,
  fetchRunForm,
  fieldsWithEffect,
  type RunForm,
  settingsOf,
} from './run-form.js';

/** What most runs differ in; the other settings are folded away. */
const main = ['name', 'dataset', 'strategy', 'distributionParam', 'clients', 'rounds', 'modelType', 'seed'];

const keptOpen = createStore(false);
/** What the form holds once its user has changed anything, until the run is started. */
const keptEntries = createStore<Entries | undefined>(undefined);

/** A form for the next run, made from the schema of the configuration. It begins with what the last run had. */
export function StartRun() {
  const canStart = useLive(({ source }) => source.kind === 'live' && source.canStart);
  const [isOpen, open] = useKept(keptOpen);
  if (!canStart) return null;
  return (
    <details
      class="panel start-run"
      open={isOpen}
      onToggle={({ currentTarget }) => open(currentTarget.open)}
      data-testid="start-run"
    >
      <summary>Start a run</summary>
      {isOpen && <Form />}
    </details>
  );
}

function Form() {
  const isBusy = useLive(({ run }) => run?.status === 'running');
  const [form, setForm] = useState<RunForm>();
  const [changed, setEntries] = useKept(keptEntries);
  const entries = changed ?? form?.entries ?? {};
  const [isStarting, setStarting] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  useEffect(() => {
    const controller = new AbortController();
    fetchRunForm(controller.signal)
      .then(setForm)
      .catch((cause: unknown) => {
        if (!controller.signal.aborted) setTrouble(troubleText(cause));
      });
    return () => controller.abort();
  }, []);

  const start = async (fields: readonly FormField[]): Promise<void> => {
    setStarting(true);
    setTrouble(undefined);
    try {
      await askServer('/api/runs', { body: settingsOf(fields, entries) });
      setEntries(undefined);
      location.hash = hrefOf('overview', { run: undefined });
    } catch (cause) {
      setTrouble(troubleText(cause));
    }
    setStarting(false);
  };
  const change = (key: string, entry: Entries[string] | undefined): void => {
    // What the strategy before was given means nothing to another.
    const dropped = key === 'strategy' ? (form?.strategyFields ?? []) : [];
    const kept = Object.entries(entries).filter(([name]) => name !== key && !dropped.includes(name));
    setEntries(Object.fromEntries(entry === undefined ? kept : [...kept, [key, entry]]));
  };
  const controls = (fields: readonly FormField[]) => (
    <div class="fields">
      {fields.map((field) => (
        <FieldControl
          key={field.key}
          field={field}
          entry={entries[field.key]}
          onChange={(entry) => change(field.key, entry)}
        />
      ))}
    </div>
  );
  const fields = form === undefined ? [] : fieldsWithEffect(form, entries);
  const others = fields.filter(({ key }) => !main.includes(key));
  const groups = [...new Set(others.map(({ group }) => group))];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void start(fields);
      }}
    >
      {controls(main.flatMap((key) => fields.filter((field) => field.key === key)))}
      {groups.map((group) => (
        <details key={group}>
          <summary>{group}</summary>
          {controls(others.filter((field) => field.group === group))}
        </details>
      ))}
      <div class="toolbar">
        <button type="submit" class="primary" disabled={form === undefined || isBusy || isStarting}>
          {isStarting ? 'Starting …' : 'Start'}
        </button>
        <span class="hint">
          {isBusy
            ? 'A run goes on. The next can start when it has ended or is stopped.'
            : 'Where it runs and is stored stays as the command has it.'}
        </span>
      </div>
      <Trouble text={trouble} />
    </form>
  );
}
