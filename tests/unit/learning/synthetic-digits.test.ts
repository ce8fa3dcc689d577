import { describe, expect, it } from 'vitest';
import { renderDataset } from '#internal/learning/datasets/synthetic-digits/render-dataset.js';
import { renderDigit, side } from '#internal/learning/datasets/synthetic-digits/render-digit.js';
import { parseIdx } from '#learning';
import { randomStream } from '#protocol';

const pixels = side * side;

describe('renderDigit', () => {
  it('draws the same for the same stream, and something else for another', () => {
    for (let digit = 0; digit < 10; digit++) {
      const once = renderDigit(digit, randomStream(1, 'render', 5));
      expect(renderDigit(digit, randomStream(1, 'render', 5))).toEqual(once);
      expect(renderDigit(digit, randomStream(1, 'render', 6))).not.toEqual(once);
    }
  });

  it('draws bright ink on a dark page, inside the page', () => {
    for (let i = 0; i < 200; i++) {
      const image = renderDigit(i % 10, randomStream(2, 'render', i));
      expect(image).toHaveLength(pixels);
      expect(Math.max(...image)).toBeGreaterThan(100);
      const inked = image.filter((value) => value > 60).length / pixels;
      expect(inked).toBeGreaterThan(0.01);
      expect(inked).toBeLessThan(0.45);
    }
  });

  it('knows ten digits', () => {
    expect(() => renderDigit(10, randomStream(1, 'render'))).toThrow(RangeError);
  });
});

describe('renderDataset', () => {
  it('renders each sample independently of how many there are', async () => {
    const small = await renderDataset({ trainCount: 20, testCount: 10, classes: 10 });
    const other = await renderDataset({ trainCount: 10, testCount: 20, classes: 10 });
    const all = (parts: typeof small) =>
      Buffer.concat([parseIdx(parts.trainImages).data, parseIdx(parts.testImages).data]);
    expect(all(small).equals(all(other))).toBe(true);
    expect(parseIdx(small.trainImages).dims).toEqual([20, side, side]);
    expect(parseIdx(small.testLabels)).toEqual({
      dims: [10],
      data: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    });
  });

  it('no two samples are alike', async () => {
    const { trainImages } = await renderDataset({ trainCount: 500, testCount: 0, classes: 10 });
    const { data } = parseIdx(trainImages);
    const images = Array.from({ length: 500 }, (_, i) => data.subarray(i * pixels, (i + 1) * pixels).join());
    expect(new Set(images).size).toBe(500);
  });
});
