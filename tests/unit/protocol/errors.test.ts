import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorRegistry, FleetError, renderErrorDocs, toFleetError } from '#protocol';

const codes = Object.keys(errorRegistry) as ErrorCode[];
const documentedRanges = [
  [2, 2],
  [10, 19],
  [20, 29],
  [30, 39],
  [40, 49],
  [50, 59],
  [70, 70],
  [130, 130],
] as const;

describe('the error registry', () => {
  it('gives every error an exit code in a documented range, and its own except for usage', () => {
    const exitCodes = codes.map((code) => errorRegistry[code].exitCode);
    for (const exitCode of exitCodes) {
      expect(documentedRanges.some(([low, high]) => exitCode >= low && exitCode <= high)).toBe(true);
    }
    const ownExitCodes = exitCodes.filter((exitCode) => exitCode !== 2);
    expect(new Set(ownExitCodes).size).toBe(ownExitCodes.length);
  });

  it.each(codes)('%s says in one line what happened and what to do', (code) => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aé. \n\r\t\u2028\u2029') }), (detail) => {
        const line = new FleetError(code, detail).toLine();
        expect(line.startsWith(`error ${code}: `)).toBe(true);
        expect(line.endsWith(errorRegistry[code].todo)).toBe(true);
        expect(line).not.toMatch(/[\r\n\u2028\u2029]/);
      }),
      { numRuns: 30 },
    );
    expect(new FleetError(code, 'first\r\n  second\nthird').toLine()).toContain('first second third');
    expect(errorRegistry[code].todo).toMatch(/\.$/);
  });

  it('has every error on its page of documentation', () => {
    const lines = renderErrorDocs().split('\n');
    for (const code of codes) {
      const { exitCode, title, todo } = errorRegistry[code];
      expect(lines).toContain(`| \`${code}\` | ${exitCode} | ${title}. | ${todo} |`);
    }
    const cells = lines.filter((line) => line.startsWith('| `')).map((line) => line.split('|').length);
    expect(cells).toEqual(codes.map(() => 6));
  });
});

describe('toFleetError', () => {
  it('keeps a registry error as it is', () => {
    const error = new FleetError('RUN_UNKNOWN', 'r1');
    expect(toFleetError(error, 'STORE_FAILED')).toBe(error);
  });

  it('turns anything else into the fallback and keeps the cause', () => {
    const cause = new Error('disk full');
    const error = toFleetError(cause, 'STORE_FAILED');
    expect(error).toMatchObject({ code: 'STORE_FAILED', exitCode: 33, cause });
    expect(error.toLine()).toContain('store error: disk full. Check free disk space');
    for (const thrown of ['text', undefined, null, 7, { a: 1 }]) {
      expect(toFleetError(thrown)).toMatchObject({ code: 'INTERNAL', cause: thrown });
    }
  });
});
