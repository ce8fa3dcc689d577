import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Which room may import which, as docs/architecture.md says. */
const mayImport: Record<string, readonly string[]> = {
  protocol: [],
  learning: ['protocol'],
  composition: ['protocol'],
  broker: ['protocol'],
  'edge-agents': ['protocol', 'learning'],
  aggregator: ['protocol', 'learning', 'composition'],
  store: ['protocol'],
  'dashboard/server': ['protocol', 'store'],
};

const sources = (room: string): string[] =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(root, room, path));

describe('rooms', () => {
  it.each(Object.entries(mayImport))('%s imports only from the doors of %j', (room, allowed) => {
    const offences = sources(room).flatMap((path) => {
      const imports = [...readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(
        (m) => m[1]!,
      );
      return imports
        .filter((name) => name.startsWith('#') && !allowed.includes(name.slice(1)))
        .map((name) => `${path}: ${name}`);
    });
    expect(offences).toEqual([]);
  });

  it.each(Object.keys(mayImport))('%s reaches into no other room by a relative path', (room) => {
    const offences = sources(room).flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/from\s*'(\.\.?\/[^']+)'/g)]
        .map((m) => join(path, '..', m[1]!))
        .filter((target) => !target.startsWith(`${join(root, room)}/`))
        .map((target) => `${path}: ${target}`),
    );
    expect(offences).toEqual([]);
  });

  it('nobody calls Math.random', () => {
    const offences = [...Object.keys(mayImport), 'cli'].flatMap(sources).filter((path) => {
      return readFileSync(path, 'utf8').includes('Math.random(');
    });
    expect(offences).toEqual([]);
  });
});
