import { useMemo, useRef, useState } from 'preact/hooks';
import { useQuery } from '../../state/use-query.js';
import { type Completion, complete, type Schema } from './completion.js';

interface SqlEditorProps {
  readonly sql: string;
  readonly onChange: (sql: string) => void;
  readonly onRun: () => void;
}

const none: Completion = { from: 0, words: [] };

/** A text field for SQL that completes names. Ctrl+Enter runs the query; Tab takes a completion. */
export function SqlEditor({ sql, onChange, onRun }: SqlEditorProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const schema = useSchema();
  /** Where the user types; undefined while nothing is to be completed. */
  const [typedAt, setTypedAt] = useState<number>();
  const [active, setActive] = useState(0);
  // Made anew when the tables' names come in, too: the first word may be typed before.
  const completion = useMemo(
    () => (typedAt === undefined ? none : complete(sql, typedAt, schema)),
    [sql, typedAt, schema],
  );
  const isOpen = completion.words.length > 0;

  const take = (word: string): void => {
    const element = field.current;
    if (element === null) return;
    const text = sql.slice(0, completion.from) + word + sql.slice(element.selectionStart);
    const cursor = completion.from + word.length;
    onChange(text);
    setTypedAt(undefined);
    requestAnimationFrame(() => {
      element.focus();
      element.setSelectionRange(cursor, cursor);
    });
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      setTypedAt(undefined);
      onRun();
    } else if (!isOpen) {
      return;
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((active + step + completion.words.length) % completion.words.length);
    } else if (event.key === 'Tab' && !event.shiftKey) {
      event.preventDefault();
      take(completion.words[active] ?? '');
    } else if (event.key === 'Escape') {
      setTypedAt(undefined);
    }
  };

  return (
    <div class="sql">
      <textarea
        ref={field}
        aria-label="SQL"
        aria-describedby="sql-hint"
        aria-autocomplete="list"
        rows={Math.min(16, Math.max(5, sql.split('\n').length + 1))}
        spellcheck={false}
        value={sql}
        onInput={({ currentTarget }) => {
          onChange(currentTarget.value);
          setActive(0);
          setTypedAt(currentTarget.selectionStart);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setTimeout(() => setTypedAt(undefined), 150)}
      />
      {isOpen && (
        <ul class="completions" aria-label="Completions" data-testid="completions">
          {completion.words.map((word, i) => (
            <li key={word}>
              <button
                type="button"
                tabIndex={-1}
                class={i === active ? 'active' : ''}
                onClick={() => take(word)}
              >
                {word}
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="hint" id="sql-hint">
        Read-only. Ctrl+Enter runs it; Tab takes a completion, Escape closes the list.
      </p>
    </div>
  );
}

function useSchema(): Schema {
  const { result } = useQuery(
    `SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`,
  );
  return useMemo(() => {
    const tables = new Map<string, string[]>();
    for (const [table, column] of result?.rows ?? []) {
      const columns = tables.get(String(table)) ?? [];
      columns.push(String(column));
      tables.set(String(table), columns);
    }
    return tables;
  }, [result]);
}
