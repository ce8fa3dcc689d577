import type { ComponentChildren } from 'preact';
import type { Answer } from '../state/use-query.js';

/** What depends on an answer of the store: says when there is none yet, and why when there is none at all. */
export function QueryState({
  answer,
  children,
}: {
  readonly answer: Answer;
  readonly children?: ComponentChildren;
}) {
  if (answer.error !== undefined) {
    return (
      <section class="panel trouble" role="alert">
        <h2>The store gave no answer</h2>
        <p>{answer.error}</p>
      </section>
    );
  }
  if (answer.result === undefined)
    return <section class="panel loading" aria-busy="true" aria-label="Asking the store" />;
  return <>{children}</>;
}
