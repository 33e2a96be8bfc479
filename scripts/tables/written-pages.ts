import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { alertTable } from './alerts.js';
import { bundledFileList } from './bundled-files.js';
import { commandTable } from './commands.js';
import { decisionTable } from './decisions.js';
import { failureCodeTable } from './failure-codes.js';
import { messageTable } from './messages.js';
import { profileTable, queueTable } from './placement.js';

/** The parts of each page that are generated from the code, by the name of their place. */
const WRITTEN: Readonly<Record<string, Readonly<Record<string, () => string | Promise<string>>>>> = {
  'docs/technical-description.md': {
    queues: queueTable,
    profiles: profileTable,
    messages: messageTable,
    'failure codes': failureCodeTable,
  },
  'docs/operations.md': { alerts: alertTable, commands: commandTable },
  'docs/decisions/README.md': { decisions: decisionTable },
  'docs/determinism.md': { 'bundled files': bundledFileList },
};

/** Path and correct text of each page that has generated parts. */
export async function writtenPages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for (const [page, parts] of Object.entries(WRITTEN)) {
    const file = fileURLToPath(new URL(`../../${page}`, import.meta.url));
    let text = readFileSync(file, 'utf8');
    for (const [name, write] of Object.entries(parts)) text = withPart(text, name, await write());
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
