import type { ComponentChildren } from 'preact';

interface ScrollBoxProps {
  readonly label: string;
  readonly kind: string;
  readonly children: ComponentChildren;
}

/** A box that scrolls, reachable by keyboard. @param kind its CSS class */
export function ScrollBox({ label, kind, children }: ScrollBoxProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it a keyboard could not scroll it
    <section class={kind} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
