import type { RandomStream } from '#protocol';
import { type Glyph, glyphs, type Stroke } from './glyphs.js';

/** Height and width of a rendered digit, in pixels. */
export const side = 28;

/**
 * How far samples of a digit differ from each other. Angles in radians, lengths in pixels, width as
 * a ratio of the height, jitter as a ratio of the unit box. Chosen so that an MLP 784-128-64-10 does
 * not reach 100 %.
 */
const variation = Object.freeze({
  rotation: 0.2,
  slant: 0.3,
  width: [0.65, 1],
  height: [16, 21],
  shift: 1.2,
  jitter: 0.05,
  thickness: [1.4, 3.2],
  blur: [0.5, 1.1],
  ink: [0.7, 1],
  fade: 0.35,
  specks: 6,
} as const);

type Point = readonly [number, number];
type Path = readonly Point[];

const segmentsPerSpan = 5;

/**
 * Draws one digit: one of its glyphs, its control points moved a little, under a random affine map,
 * with a pen of random width, softness and ink, and a few specks of dirt.
 * @returns side * side grey bytes, row after row, 0 is background
 */
export function renderDigit(digit: number, stream: RandomStream): Uint8Array {
  const styles = glyphs[digit];
  if (styles === undefined) throw new RangeError(`${digit} is not a digit`);
  const glyph = styles[stream.integer(0, styles.length - 1)] ?? [];
  const paths = placeOnPage(jitter(glyph, stream), stream);
  const ink = drawPaths(paths, stream);
  addSpecks(ink, stream);
  const bytes = new Uint8Array(ink.length);
  for (let i = 0; i < ink.length; i++) bytes[i] = Math.round(255 * Math.min(1, Math.max(0, ink[i] ?? 0)));
  return bytes;
}

/** Moves every control point; strokes that meet in a point still do so. */
function jitter(glyph: Glyph, stream: RandomStream): Path[] {
  const moved = new Map<string, Point>();
  const move = (point: Point): Point => {
    const known = moved.get(point.join());
    if (known !== undefined) return known;
    const [x, y] = point;
    const to: Point = [x + variation.jitter * stream.normal(), y + variation.jitter * stream.normal()];
    moved.set(point.join(), to);
    return to;
  };
  return glyph.map((stroke) => flatten({ ...stroke, points: stroke.points.map(move) }));
}

/** A stroke as a polyline. */
function flatten({ points, smooth, closed }: Stroke): Path {
  if (!smooth) return points;
  const at = (i: number): Point => {
    const wrapped = closed
      ? (i + points.length) % points.length
      : Math.min(Math.max(i, 0), points.length - 1);
    return points[wrapped] ?? [0, 0];
  };
  const spans = closed ? points.length : points.length - 1;
  const path: Point[] = [];
  for (let i = 0; i < spans; i++) {
    for (let k = 0; k < segmentsPerSpan; k++) {
      path.push(catmullRom(at(i - 1), at(i), at(i + 1), at(i + 2), k / segmentsPerSpan));
    }
  }
  path.push(at(spans));
  return path;
}

/** The uniform Catmull-Rom spline (Catmull & Rom 1974) between `b` and `c`, at t in 0..1. */
function catmullRom(a: Point, b: Point, c: Point, d: Point, t: number): Point {
  const along = (axis: 0 | 1): number => {
    const [p, q, r, s] = [a[axis], b[axis], c[axis], d[axis]];
    return 0.5 * (2 * q + t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * q - p - 3 * r + s))));
  };
  return [along(0), along(1)];
}

/** Maps paths from the unit box to pixels by a random rotation, slant, scale and shift. */
function placeOnPage(paths: readonly Path[], stream: RandomStream): Path[] {
  const angle = stream.between(-variation.rotation, variation.rotation);
  const slant = stream.between(-variation.slant, variation.slant);
  const height = stream.between(...variation.height);
  const width = height * stream.between(...variation.width);
  const centreX = side / 2 + stream.between(-variation.shift, variation.shift);
  const centreY = side / 2 + stream.between(-variation.shift, variation.shift);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return paths.map((path) =>
    path.map(([x, y]): Point => {
      const v = (y - 0.5) * height;
      const u = (x - 0.5) * width - slant * v;
      return [centreX + cos * u - sin * v, centreY + sin * u + cos * v];
    }),
  );
}

/** Ink by distance to the nearest segment; it fades along the page as if the pen were pressed unevenly. */
function drawPaths(paths: readonly Path[], stream: RandomStream): Float64Array {
  const halfWidth = stream.between(...variation.thickness) / 2;
  const blur = stream.between(...variation.blur);
  const strength = stream.between(...variation.ink);
  const fadeX = (stream.between(-1, 1) * variation.fade) / side;
  const fadeY = (stream.between(-1, 1) * variation.fade) / side;
  const reach = halfWidth + blur;
  const ink = new Float64Array(side * side);
  for (const path of paths) {
    for (let i = 1; i < path.length; i++) {
      const [ax, ay] = path[i - 1] ?? [0, 0];
      const [bx, by] = path[i] ?? [0, 0];
      const left = Math.max(0, Math.floor(Math.min(ax, bx) - reach));
      const right = Math.min(side - 1, Math.ceil(Math.max(ax, bx) + reach));
      const top = Math.max(0, Math.floor(Math.min(ay, by) - reach));
      const bottom = Math.min(side - 1, Math.ceil(Math.max(ay, by) + reach));
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const distance = distanceToSegment(x + 0.5, y + 0.5, ax, ay, bx, by);
          if (distance >= reach) continue;
          const cover = Math.min(1, (reach - distance) / (2 * blur));
          const pressure = strength + fadeX * (x - side / 2) + fadeY * (y - side / 2);
          const at = y * side + x;
          ink[at] = Math.max(ink[at] ?? 0, cover * pressure);
        }
      }
    }
  }
  return ink;
}

function distanceToSegment(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const squared = dx * dx + dy * dy;
  const t = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / squared));
  const ex = x - ax - t * dx;
  const ey = y - ay - t * dy;
  return Math.sqrt(ex * ex + ey * ey);
}

function addSpecks(ink: Float64Array, stream: RandomStream): void {
  for (let n = stream.integer(0, variation.specks); n > 0; n--) {
    const at = stream.integer(0, side * side - 1);
    ink[at] = Math.max(ink[at] ?? 0, stream.between(0.2, 0.8));
  }
}
