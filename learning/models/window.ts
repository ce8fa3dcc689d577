/** A square that moves over an image. */
export interface Window {
  readonly kernelSize: number;
  readonly strides: number;
  /** `same`: zeros around the image, so that a stride of 1 keeps its size. */
  readonly padding: 'same' | 'valid';
}

/** Positions of a window along a side. */
export function outputSide(side: number, { kernelSize, strides, padding }: Window): number {
  return padding === 'same' ? Math.ceil(side / strides) : Math.floor((side - kernelSize) / strides) + 1;
}

/** Zeros before a side, as TensorFlow puts them: the smaller half. */
export function paddingBefore(side: number, window: Window): number {
  if (window.padding === 'valid') return 0;
  const needed = (outputSide(side, window) - 1) * window.strides + window.kernelSize;
  return Math.floor(Math.max(0, needed - side) / 2);
}

/**
 * Height, width and channels of an image.
 * @throws RangeError for samples that are no images
 */
export function imageShape(shape: readonly number[], what: string): [number, number, number] {
  const [height, width, channels] = shape;
  if (height === undefined || width === undefined || channels === undefined || shape.length !== 3) {
    throw new RangeError(`${what} needs samples of [height, width, channels], not [${shape}]`);
  }
  return [height, width, channels];
}
