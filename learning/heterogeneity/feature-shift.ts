import { type Samples, sampleSize } from '../datasets/samples.js';

/** Client i's shift: evenly spread from -largest to largest over the N clients, 0 for a single one. */
export function clientShift(client: number, clients: number, largest: number): number {
  return clients === 1 ? 0 : largest * ((2 * client) / (clients - 1) - 1);
}

/**
 * Makes every image brighter by a share of the value range, or darker. Bytes stay within 0 to 255;
 * other features are moved by that much, whatever their range.
 * @param amount -1 to 1
 */
export function brighten(samples: Samples, amount: number): Samples {
  const { features, scale } = samples;
  if (!(features instanceof Uint8Array)) {
    return { ...samples, features: Float32Array.from(features, (value) => value + amount / scale) };
  }
  const shifted = Uint8ClampedArray.from(features, (value) => value + 255 * amount);
  return { ...samples, features: new Uint8Array(shifted.buffer) };
}

/**
 * Turns every image about its centre, anticlockwise as seen, by bilinear interpolation; what comes in
 * from outside is 0.
 * @param samples images: height, width, channels
 * @param degrees angle
 */
export function rotate(samples: Samples, degrees: number): Samples {
  const [height = 0, width = 0, channels = 0] = samples.inputShape;
  const { features } = samples;
  // A clamped array rounds as it is written.
  const turned =
    features instanceof Uint8Array
      ? new Uint8ClampedArray(features.length)
      : new Float32Array(features.length);
  const { sources, weights } = rotationSources(height, width, degrees);
  const size = sampleSize(samples.inputShape);
  for (let image = 0; image < features.length; image += size) {
    for (let value = 0; value < size; value++) {
      const corner = 4 * Math.floor(value / channels);
      const channel = image + (value % channels);
      let sum = 0;
      for (let i = corner; i < corner + 4; i++) {
        sum += (weights[i] ?? 0) * (features[channel + (sources[i] ?? 0) * channels] ?? 0);
      }
      turned[image + value] = sum;
    }
  }
  return { ...samples, features: turned instanceof Float32Array ? turned : new Uint8Array(turned.buffer) };
}

/** For every pixel the four that its value comes from and their weights; 0 for one outside the image. */
function rotationSources(
  height: number,
  width: number,
  degrees: number,
): { readonly sources: Uint32Array; readonly weights: Float64Array } {
  const sources = new Uint32Array(4 * height * width);
  const weights = new Float64Array(4 * height * width);
  const angle = (degrees * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const middleRow = (height - 1) / 2;
  const middleColumn = (width - 1) / 2;
  let i = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = column - middleColumn;
      const y = row - middleRow;
      const fromColumn = middleColumn + cos * x - sin * y;
      const fromRow = middleRow + sin * x + cos * y;
      for (const r of [Math.floor(fromRow), Math.floor(fromRow) + 1]) {
        for (const c of [Math.floor(fromColumn), Math.floor(fromColumn) + 1]) {
          if (r >= 0 && r < height && c >= 0 && c < width) {
            sources[i] = r * width + c;
            weights[i] = (1 - Math.abs(fromRow - r)) * (1 - Math.abs(fromColumn - c));
          }
          i++;
        }
      }
    }
  }
  return { sources, weights };
}
