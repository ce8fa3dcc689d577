import { useEffect, useReducer, useRef } from 'preact/hooks';

/** A value that components can follow. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  /** @returns a function that ends the subscription */
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (next === value) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What `select` finds in the store; the component is drawn again when that is another value or object. */
export function useStore<T, S>(store: Store<T>, select: (value: T) => S): S {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  const selected = select(store.get());
  const latest = useRef({ select, selected });
  latest.current = { select, selected };
  useEffect(() => {
    const check = (): void => {
      const { current } = latest;
      if (current.select(store.get()) !== current.selected) redraw();
    };
    // It may have changed between drawing and now.
    check();
    return store.subscribe(check);
  }, [store]);
  return selected;
}

/** Like `useState`, for what outlives the component: what users have typed or arranged in a view. */
export function useKept<T>(store: Store<T>): readonly [value: T, set: (value: T) => void] {
  return [useStore(store, (value) => value), store.set];
}
