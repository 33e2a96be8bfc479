import { sizeText } from '../size-text.js';
import { dateText, drawChart, escapeHtml, MAX_LINES, type Series } from './usage-chart.js';
import { USAGE_STYLE } from './usage-style.js';
import type { UsageSample } from './usage-sample.js';

/** The part of a sample that the page draws: the largest part is not drawn, and years of it would fill the memory. */
export type DrawnSample = Omit<UsageSample, 'project_chroots'>;

/** A sample with the time it was taken at, in milliseconds since the epoch. */
export type Dated<T> = { readonly at: number; readonly sample: T };

/** Rows of a table: the names that take most now. */
const MAX_ROWS = 15;
/** The change that tables show is over this time, or since the first sample. */
const CHANGE_MS = 30 * 86_400_000;

const SECTIONS: readonly { readonly title: string; readonly key: keyof DrawnSample }[] = [
  { title: 'Distributions', key: 'distros' },
  { title: 'Chroots', key: 'chroots' },
  { title: 'Architectures', key: 'arches' },
  { title: 'Projects', key: 'projects' },
  { title: 'Owners', key: 'owners' },
];

/** The page of each section in the Python service: others link to it, and an old one would show old charts for ever. */
const OLD_PAGES: Readonly<Record<keyof DrawnSample, string>> = {
  distros: 'distro.html',
  chroots: 'chroots.html',
  arches: 'arches.html',
  projects: 'projects.html',
  owners: 'owners.html',
};

/** Every page by its name: `index.html` has the charts, those of the Python service lead to their sections of it. */
export function usagePages(samples: readonly Dated<DrawnSample>[], madeAt: number): ReadonlyMap<string, string> {
  const old = Object.entries(OLD_PAGES).map(([key, name]): [string, string] => [name, leadingTo(`index.html#${key}`)]);
  return new Map([['index.html', usagePage(samples, madeAt)], ...old]);
}

function leadingTo(place: string): string {
  const head = `<meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${place}"><title>Copr: storage</title>`;
  return `<!doctype html>\n<html lang="en"><head>${head}</head><body><a href="${place}">Moved</a></body></html>\n`;
}

/** One self-contained page of charts: no script, and nothing from elsewhere. `samples`: oldest first. */
export function usagePage(samples: readonly Dated<DrawnSample>[], madeAt: number): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<title>Copr: storage of results</title>',
    `<style>${USAGE_STYLE}</style>`,
    '</head>',
    '<body>',
    '<header><h1>Storage of results</h1>',
    `<p>${subtitle(samples, madeAt)}</p></header>`,
    ...(samples.length === 0 ? ['<p>There is no sample yet.</p>'] : content(samples)),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function subtitle(samples: readonly Dated<DrawnSample>[], madeAt: number): string {
  const last = samples.at(-1);
  const made = `made ${new Date(madeAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  if (last === undefined) return made;
  const count = samples.length === 1 ? '1 sample' : `${samples.length} samples since ${dateText(samples[0]?.at ?? 0)}`;
  return `${count}, the last of ${dateText(last.at)}; ${made}`;
}

function content(samples: readonly Dated<DrawnSample>[]): readonly string[] {
  return [tiles(samples), ...SECTIONS.map(({ title, key }) => section(title, key, samples))];
}

function tiles(samples: readonly Dated<DrawnSample>[]): string {
  const { sample } = samples.at(-1) ?? { sample: null };
  if (sample === null) return '';
  const total = Object.values(sample.owners).reduce((sum, kib) => sum + kib, 0);
  const facts = [
    ['in all', sizeText(total * 1024)],
    ['owners', String(Object.keys(sample.owners).length)],
    ['projects', String(Object.keys(sample.projects).length)],
    ['chroots', String(Object.keys(sample.chroots).length)],
  ] as const;
  const items = facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return `<dl class="tiles">${items.join('')}</dl>`;
}

function section(title: string, key: keyof DrawnSample, samples: readonly Dated<DrawnSample>[]): string {
  const series = largest(key, samples);
  const all = Object.keys(samples.at(-1)?.sample[key] ?? {}).length;
  const more = all > series.length ? `<p>The ${series.length} largest of ${all}.</p>` : '';
  const times = samples.map(({ at }) => at);
  return [
    `<section id="${key}"><h2>${title}</h2>${more}`,
    `<div class="scroll">${drawChart(`${title}: size over time`, times, series)}</div>`,
    '<div class="scroll"><table><thead><tr><th></th><th>Name</th><th>Size</th><th>Change</th></tr></thead><tbody>',
    ...series.map((one, index) => row(one, index + 1, times)),
    '</tbody></table></div></section>',
  ].join('\n');
}

/** The names that take most in the last sample, with their values in all samples. */
function largest(key: keyof DrawnSample, samples: readonly Dated<DrawnSample>[]): readonly Series[] {
  const last = samples.at(-1)?.sample[key] ?? {};
  const names = Object.entries(last)
    .sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
    .slice(0, MAX_ROWS)
    .map(([name]) => name);
  return names.map((name) => ({ name, kib: samples.map(({ sample }) => ownValue(sample[key], name)) }));
}

function ownValue(sums: Readonly<Record<string, number>>, name: string): number | null {
  return Object.hasOwn(sums, name) ? (sums[name] ?? null) : null;
}

function row({ name, kib }: Series, index: number, times: readonly number[]): string {
  const swatch = index <= MAX_LINES ? `<span class="swatch line-${index}"></span>` : '';
  const now = kib.at(-1) ?? 0;
  const cells = [swatch, escapeHtml(name), sizeText(now * 1024), changeText(kib, times)];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

/** `+1.2 GiB in 30 d`. */
function changeText(kib: readonly (number | null)[], times: readonly number[]): string {
  const end = times.at(-1) ?? 0;
  const from = times.findIndex((at, index) => at >= end - CHANGE_MS && kib[index] != null);
  const [before, now, at] = [kib[from], kib.at(-1), times[from]];
  if (before == null || now == null || at === undefined || at === end) return '';
  const difference = (now - before) * 1024;
  const sign = difference < 0 ? '−' : '+';
  return `${sign}${sizeText(Math.abs(difference))} in ${Math.round((end - at) / 86_400_000)} d`;
}
