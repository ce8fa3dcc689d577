import type { ComponentChildren } from 'preact';

/** One shape a state, on a 12 × 12 field, drawn in the colour of the text around it. */
const shapes: Readonly<Record<string, ComponentChildren>> = {
  training: <path d="M3 1.5v9l7.5-4.5z" />,
  uploading: <path d="M6 1 1.5 6H4.5v5h3V6h3z" />,
  fetching: <path d="M6 11 10.5 6H7.5V1h-3v5h-3z" />,
  waiting: <path d="M2.5 1.5h2.5v9H2.5zM7 1.5h2.5v9H7z" />,
  idle: <circle cx="6" cy="6" r="3.5" />,
  starting: (
    <>
      <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.4" />
      <path d="M6 1.8a4.2 4.2 0 0 1 0 8.4z" />
    </>
  ),
  unseen: (
    <circle
      cx="6"
      cy="6"
      r="4"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-dasharray="2 1.6"
    />
  ),
  offline: <path d="m2 3.4 1.4-1.4L6 4.6 8.6 2 10 3.4 7.4 6 10 8.6 8.6 10 6 7.4 3.4 10 2 8.6 4.6 6z" />,
  failed: <path d="M6 .8 11.6 11H.4zM5.3 4.2v3.4h1.4V4.2zm0 4.3v1.3h1.4V8.5z" fill-rule="evenodd" />,
};

/** The shapes, once in the page; `StateIcon` refers to them. */
export function StateIconSprite() {
  return (
    <svg width="0" height="0" class="sprite" aria-hidden="true">
      {Object.entries(shapes).map(([state, shape]) => (
        <symbol key={state} id={`state-${state}`} viewBox="0 0 12 12" fill="currentColor">
          {shape}
        </symbol>
      ))}
    </svg>
  );
}

export function StateIcon({ state }: { readonly state: string }) {
  return (
    <svg class="icon" aria-hidden="true">
      <use href={`#state-${state in shapes ? state : 'idle'}`} />
    </svg>
  );
}
