import { useState } from 'preact/hooks';
import type { LogLine } from '../../../../server/frames/live-view.js';
import { useLive } from '../../live/use-live.js';
import { formatTime } from '../../ui/format.js';
import { ScrollBox } from '../../ui/scroll-box.js';

const filters = {
  all: () => true,
  warnings: ({ level }: LogLine) => level === 'warn',
  errors: ({ level }: LogLine) => level === 'error',
} satisfies Record<string, (line: LogLine) => boolean>;
type Filter = keyof typeof filters;
const filterNames: readonly Filter[] = ['all', 'warnings', 'errors'];

/** The run's events, the latest first. */
export function Log() {
  const log = useLive((model) => model.log);
  const [filter, choose] = useState<Filter>('all');
  // The page keeps the latest; the store has them all.
  const isCut = (log[0]?.id ?? 1) > 1;
  const shown = log.filter(filters[filter]).reverse();
  return (
    <section class="panel list" aria-label="Events">
      <h2>
        Events
        <fieldset class="filters">
          <legend class="hidden">Show events</legend>
          {filterNames.map((name) => (
            <label key={name} class="filter">
              <input type="radio" name="log-filter" checked={filter === name} onChange={() => choose(name)} />
              <span>
                {name === 'all' && isCut ? 'latest' : name} {log.filter(filters[name]).length}
              </span>
            </label>
          ))}
        </fieldset>
      </h2>
      <ScrollBox kind="scroll" label="Latest events">
        <ol class="log">
          {shown.map((line) => (
            <Line key={line.id} line={line} />
          ))}
        </ol>
        {shown.length === 0 && <p class="empty">{filter === 'all' ? 'No events yet.' : `No ${filter}.`}</p>}
      </ScrollBox>
    </section>
  );
}

function Line({ line: { at, level, code, message } }: { readonly line: LogLine }) {
  return (
    <li data-testid="log" data-level={level}>
      <time>{formatTime(at)}</time>
      <span class="level">{level}</span>
      <span class="message">
        {message} <code>{code}</code>
      </span>
    </li>
  );
}
