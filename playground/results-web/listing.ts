import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeHtml, htmlPage } from '../loopback/html-page.js';

/** The page of one directory: names, sizes, times; without names that begin with a dot. */
export async function listingPage(directory: string, segments: readonly string[]): Promise<string> {
  const names = (await readdir(directory)).filter((name) => !name.startsWith('.'));
  const entries = await Promise.all(
    names.map(async (name) => ({ name, facts: await stat(join(directory, name)).catch(() => null) })),
  );
  const rows = entries
    .flatMap(({ name, facts }) => (facts === null ? [] : [{ name, facts, isDirectory: facts.isDirectory() }]))
    .sort((a, b) => Number(b.isDirectory) - Number(a.isDirectory) || (a.name < b.name ? -1 : 1))
    .map(({ name, facts, isDirectory }) => {
      const shown = isDirectory ? `${name}/` : name;
      const link = encodeURIComponent(name) + (isDirectory ? '/' : '');
      const time = facts.mtime.toISOString().slice(0, 16).replace('T', ' ');
      const size = isDirectory ? '' : facts.size.toLocaleString('en');
      return `<tr><td><a href="${link}">${escapeHtml(shown)}</a></td><td class="number">${size}</td><td>${time}</td></tr>`;
    });
  const up = segments.length === 0 ? '' : '<p><a href="../">one level up</a></p>';
  return htmlPage(
    `Results: /${segments.join('/')}`,
    `${up}<table><tr><th>name</th><th>bytes</th><th>changed (UTC)</th></tr>${rows.join('\n')}</table>`,
  );
}
