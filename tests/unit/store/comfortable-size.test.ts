import { describe, expect, it } from 'vitest';
import { describeSize, sizeNotice } from '#internal/store/comfortable-size.js';

describe('size of an embedded store', () => {
  it('is told beside the size up to which it is comfortable', () => {
    expect(describeSize(2.42e9)).toBe('2.4 GB; comfortable up to 3.0 GB, about 10 million rows of telemetry');
  });

  it('is warned of when it is beyond that', () => {
    expect(sizeNotice(0)).toBeUndefined();
    expect(sizeNotice(3e9)).toBeUndefined();
    expect(sizeNotice(3.1e9)).toMatchObject({
      level: 'warn',
      code: 'STORE_LARGE',
      message: expect.stringMatching(/has 3\.1 GB; comfortable up to 3\.0 GB.*--db/),
    });
  });
});
