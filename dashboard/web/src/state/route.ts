import { createStore, useStore } from './store.js';

export const views = {
  overview: 'Overview',
  fleet: 'Fleet',
  data: 'Data',
  qos: 'QoS',
  composition: 'Composition',
  broker: 'Broker & store',
  runs: 'Runs',
  explore: 'Explore',
} as const;
export type ViewName = keyof typeof views;
export const viewNames = Object.keys(views).filter(isView);

/** Where the page is: `#/fleet?run=ID`. */
export interface Route {
  readonly view: ViewName;
  readonly params: URLSearchParams;
}

function isView(name: string): name is ViewName {
  return Object.hasOwn(views, name);
}

function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return { view: isView(path) ? path : 'overview', params: new URLSearchParams(query) };
}

const route = createStore(parse(location.hash));
addEventListener('hashchange', () => route.set(parse(location.hash)));

export const useRoute = (): Route => useStore(route, (value) => value);

/** Gives the view another address in the place of its own: no step that Back would undo. */
export function replaceAddress(href: string): void {
  if (href === location.hash) return;
  history.replaceState(null, '', href);
  route.set(parse(href));
}

/** The stored run that the page shows; undefined for the live one. */
export const useReplayedRun = (): string | undefined =>
  useStore(route, ({ params }) => params.get('run') ?? undefined);

/** The address of a view. The run that is shown stays, unless `params` says otherwise. */
export function hrefOf(view: ViewName, params: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams();
  const run = 'run' in params ? params.run : (route.get().params.get('run') ?? undefined);
  for (const [name, value] of Object.entries({ ...params, run })) {
    if (value !== undefined) query.set(name, value);
  }
  const text = query.toString();
  return `#/${view}${text === '' ? '' : `?${text}`}`;
}
