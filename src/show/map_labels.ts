/**
 * Names beside the points of a map, where there is room.
 *
 * @module
 */
import { cutText, type Markup, textElement, textWidth } from "./svg.ts";
import { THEME } from "./theme.ts";

/** A point of the picture, in pixels, with its name. */
export interface LabelledPoint {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly name: string;
}

interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const SIZE = 12;
/** More names than this cover the map. */
const MOST = 40;

/**
 * The names of the first forty of `points`, the first first: right of the point, else left, above or below, else not
 * at all where another name or point is, or the edge of the picture of `width` × `height` pixels.
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  width: number,
  height: number,
): Markup[] {
  const named = points.slice(0, MOST);
  const taken = named.map(({ x, y, radius }): Rectangle => ({
    left: x - radius,
    top: y - radius,
    right: x + radius,
    bottom: y + radius,
  }));
  return named.flatMap(({ x, y, radius, name }) => {
    const text = cutText(name, SIZE, 200);
    const long = textWidth(text, SIZE);
    const gap = radius + 4;
    const places = [
      { left: x + gap, top: y - SIZE / 2 },
      { left: x - gap - long, top: y - SIZE / 2 },
      { left: x - long / 2, top: y - gap - SIZE },
      { left: x - long / 2, top: y + gap },
    ].map(({ left, top }) => ({ left, top, right: left + long, bottom: top + SIZE }));
    const free = places.find((place) =>
      place.left >= 2 && place.right <= width - 2 && place.top >= 2 &&
      place.bottom <= height - 2 && !taken.some((other) => overlaps(place, other))
    );
    if (free === undefined) return [];
    taken.push(free);
    const at = {
      x: free.left,
      y: free.top + SIZE * 0.86,
      "font-size": SIZE,
      "font-weight": 600,
    };
    return [
      textElement(text, {
        ...at,
        fill: "none",
        stroke: THEME.background,
        "stroke-width": 3,
        "stroke-linejoin": "round",
        "stroke-opacity": "0.85",
      }),
      textElement(text, { ...at, fill: THEME.ink }),
    ];
  });
}

function overlaps(a: Rectangle, b: Rectangle): boolean {
  return a.left < b.right + 2 && b.left < a.right + 2 && a.top < b.bottom + 1 &&
    b.top < a.bottom + 1;
}
