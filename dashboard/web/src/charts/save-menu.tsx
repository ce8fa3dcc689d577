import { useRef } from 'preact/hooks';

/** What a plot or table can be saved as. */
export interface Savings {
  readonly csv?: () => void;
  readonly svg?: () => void;
  readonly png?: () => void;
}

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
        {names.map((name) => {
          const save = savings[name];
          return (
            save !== undefined && (
              <button
                key={name}
                type="button"
                onClick={() => {
                  save();
                  close();
                }}
              >
                {name.toUpperCase()}
              </button>
            )
          );
        })}
      </div>
    </details>
  );
}
