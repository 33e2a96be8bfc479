import { sizeText } from '../size-text.js';

/** One line of a chart; `kib` null: the sample does not have it. */
export type Series = { readonly name: string; readonly kib: readonly (number | null)[] };

/** Lines that can be told apart by their colours. */
export const MAX_LINES = 8;
/** Points of a line, at most: a line of more is a blur, and a page of them is slow. */
const MAX_POINTS = 200;

const WIDTH = 960;
const HEIGHT = 320;
const LEFT = 76;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 28;
const DAY_MS = 86_400_000;

/** Draws lines over time as an SVG; the n-th line has the colour of the class `line-n`, from 1. */
export function drawChart(label: string, times: readonly number[], series: readonly Series[]): string {
  const shown = pointsShown(times.length);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const most = Math.max(1, ...series.flatMap(({ kib }) => shown.map((index) => kib[index] ?? 0)));
  const step = niceStep(most / 4);
  const top = Math.ceil(most / step) * step;
  const x = (at: number): number =>
    first === last ? (LEFT + WIDTH - RIGHT) / 2 : LEFT + ((at - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (kib: number): number => HEIGHT - BOTTOM - (kib / top) * (HEIGHT - TOP - BOTTOM);
  const grid: string[] = [];
  for (let kib = 0; kib <= top; kib += step) {
    const at = y(kib).toFixed(1);
    grid.push(`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>`);
    grid.push(`<text x="${LEFT - 8}" y="${at}" dy="0.35em" text-anchor="end">${sizeText(kib * 1024)}</text>`);
  }
  const lines = series.slice(0, MAX_LINES).map((one, index) => {
    const points = shown.flatMap((at) => {
      const [time, kib] = [times[at], one.kib[at]];
      return time === undefined || kib == null
        ? []
        : [{ time, kib, place: `${x(time).toFixed(1)},${y(kib).toFixed(1)}` }];
    });
    return lineOf(one.name, index + 1, points);
  });
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}">`,
    ...grid,
    ...dateLabels(first, last).map(
      ({ at, text, anchor }) =>
        `<text x="${x(at).toFixed(1)}" y="${HEIGHT - 8}" text-anchor="${anchor}">${text}</text>`,
    ),
    ...lines,
    '</svg>',
  ].join('\n');
}

type Point = { readonly time: number; readonly kib: number; readonly place: string };

function lineOf(name: string, index: number, points: readonly Point[]): string {
  const dots = points.map(({ time, kib, place }) => {
    const [cx, cy] = place.split(',');
    const title = `${escapeHtml(name)}, ${dateText(time)}: ${sizeText(kib * 1024)}`;
    return `<circle cx="${cx ?? ''}" cy="${cy ?? ''}" r="${points.length > 40 ? 2 : 3.5}"><title>${title}</title></circle>`;
  });
  const path = points.map(({ place }) => place).join(' ');
  return `<g class="line-${index}"><polyline points="${path}"/>${dots.join('')}</g>`;
}

/** Evenly spread indexes, with the first and the last one. */
function pointsShown(count: number): readonly number[] {
  if (count <= MAX_POINTS) return Array.from({ length: count }, (_none, index) => index);
  return Array.from({ length: MAX_POINTS }, (_none, index) => Math.round((index * (count - 1)) / (MAX_POINTS - 1)));
}

/** The next power of two of KiB: sizes are shown in units of 1,024. */
function niceStep(atLeast: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(atLeast)));
}

function dateLabels(
  first: number,
  last: number,
): readonly { readonly at: number; readonly text: string; readonly anchor: string }[] {
  if (last - first < DAY_MS) return [{ at: (first + last) / 2, text: dateText(last), anchor: 'middle' }];
  const days = Math.floor((last - first) / DAY_MS);
  const count = Math.min(4, days);
  return Array.from({ length: count + 1 }, (_none, index) => {
    const at = first + ((last - first) * index) / count;
    return { at, text: dateText(at), anchor: index === 0 ? 'start' : index === count ? 'end' : 'middle' };
  });
}

/** `2026-11-29`, in UTC. */
export function dateText(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Text as it may be put between tags and into attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
