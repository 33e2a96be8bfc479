import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { bundledFileList } from './bundled-files.js';
import { commandTable } from './commands.js';
import { decisionTable } from './decisions.js';
import { failureCodeTable } from './failure-codes.js';
import { messageTable } from './messages.js';
import { profileTable, queueTable } from './placement.js';

/** What the code says in each page, by the name of its place there. */
const WRITTEN: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'docs/technical-description.md': {
    queues: queueTable,
    profiles: profileTable,
    messages: messageTable,
    'failure codes': failureCodeTable,
  },
  'docs/operations.md': { commands: commandTable },
  'docs/decisions/README.md': { decisions: decisionTable },
  'docs/determinism.md': { 'bundled files': bundledFileList },
};

/** Path and text, as it should be, of each page that has parts written from the code. */
export async function writtenPages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for (const [page, parts] of Object.entries(WRITTEN)) {
    const file = fileURLToPath(new URL(`../../${page}`, import.meta.url));
    const text = Object.entries(parts).reduce(
      (before, [name, write]) => withPart(before, name, write()),
      readFileSync(file, 'utf8'),
    );
    pages.set(file, await prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file }));
  }
  return pages;
}

/** `text` with `part` between the two comments that name its place. Throws for a page without them. */
export function withPart(text: string, name: string, part: string): string {
  const [begin, end] = [`<!-- written: ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`no place for ${name}`);
  return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`;
}
