import { useEffect, useRef } from 'preact/hooks';
import { hrefOf, useRoute, viewNames, views } from '../state/route.js';
import { ConnectionPill } from './connection-pill.js';

/** The name of the page, the way to each view, and whether all is live. */
export function Navigation() {
  const { view } = useRoute();
  const tabs = useRef<HTMLElement>(null);
  // On a phone the tabs scroll: the view that is shown is to be among those in sight.
  useEffect(() => {
    tabs.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [view]);
  return (
    <header class="topbar">
      <button type="button" class="skip" onClick={skip}>
        Skip to the content
      </button>
      <span class="brand">mlaas-fleet</span>
      <nav aria-label="Views" ref={tabs}>
        {viewNames.map((name) => (
          <a key={name} href={hrefOf(name)} aria-current={name === view ? 'page' : undefined}>
            {views[name]}
          </a>
        ))}
      </nav>
      <ConnectionPill />
    </header>
  );
}

/** Not a link: the address after # names the view. */
function skip(): void {
  const main = document.getElementById('main');
  main?.setAttribute('tabindex', '-1');
  main?.focus();
}
