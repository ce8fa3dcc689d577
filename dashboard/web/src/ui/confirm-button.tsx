import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** How long the question stands. */
const patienceMs = 4000;

interface ConfirmButtonProps {
  readonly children: ComponentChildren;
  readonly question: string;
  readonly onConfirm: () => void;
}

/** A button for what cannot be undone: it asks once more before it does it. */
export function ConfirmButton({ children, question, onConfirm }: ConfirmButtonProps) {
  const [isAsking, ask] = useState(false);
  useEffect(() => {
    if (!isAsking) return;
    const timer = setTimeout(() => ask(false), patienceMs);
    return () => clearTimeout(timer);
  }, [isAsking]);
  return (
    <button
      type="button"
      class={isAsking ? 'danger' : ''}
      onClick={() => {
        ask(!isAsking);
        if (isAsking) onConfirm();
      }}
    >
      {isAsking ? question : children}
    </button>
  );
}
