import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** How long the question stands. */
const patienceMs = 4000;
/** A second click that comes sooner is of a double click, not an answer. */
const readingMs = 500;

interface ConfirmButtonProps {
  readonly children: ComponentChildren;
  readonly question: string;
  readonly onConfirm: () => void;
}

/** A button for what cannot be undone: it asks once more before it does it. */
export function ConfirmButton({ children, question, onConfirm }: ConfirmButtonProps) {
  /** When the question came up, by `performance.now()`; undefined while it does not stand. */
  const [askedAt, setAskedAt] = useState<number>();
  const isAsking = askedAt !== undefined;
  useEffect(() => {
    if (askedAt === undefined) return;
    const timer = setTimeout(() => setAskedAt(undefined), patienceMs);
    return () => clearTimeout(timer);
  }, [askedAt]);
  const click = (): void => {
    const now = performance.now();
    if (askedAt === undefined) setAskedAt(now);
    else if (now - askedAt >= readingMs) {
      setAskedAt(undefined);
      onConfirm();
    }
  };
  return (
    <button type="button" class={isAsking ? 'danger' : ''} onClick={click}>
      {isAsking ? question : children}
    </button>
  );
}
