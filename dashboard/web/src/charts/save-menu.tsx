import { useRef } from 'preact/hooks';
import type { Savings } from './save.js';

const names = ['png', 'svg', 'csv'] as const;

/** A small menu that saves what its panel shows. */
export function SaveMenu({ title, savings }: { readonly title: string; readonly savings: Savings }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => menu.current?.removeAttribute('open');
  return (
    <details
      class="save"
      ref={menu}
      onKeyDown={({ key }) => {
        if (key === 'Escape') close();
      }}
    >
      <summary aria-label={`Save ${title}`} title="Save">
        ⤓
      </summary>
      <div class="save-items">
        {names.map((name) => (
          <button
            key={name}
            type="button"
            onClick={() => {
              savings[name]();
              close();
            }}
          >
            {name.toUpperCase()}
          </button>
        ))}
      </div>
    </details>
  );
}
