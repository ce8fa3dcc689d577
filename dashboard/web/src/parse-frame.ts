import type { Frame } from '../../server/live-view.js';

/**
 * Reads a websocket text as a frame; undefined when it is not one. It checks the envelope only: the
 * page and what is inside come from one server, but after a reconnect that may be another version.
 */
export function parseFrame(text: unknown): Frame | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isFrame(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFrame(value: unknown): value is Frame {
  if (!isObject(value) || typeof value.seq !== 'number' || typeof value.now !== 'number') return false;
  if (value.type === 'snapshot') {
    const { state } = value;
    return (
      isObject(state) && ['rounds', 'agents', 'traffic', 'log'].every((key) => Array.isArray(state[key]))
    );
  }
  return value.type === 'patch' && isObject(value.patch);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
