import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Text files of the repository that people write, by their path below its root. */
export function writtenFiles(root: string): readonly string[] {
  const skipped = new Set(['node_modules', 'dist', '.git', '.copr', 'fixtures', 'histories']);
  const found: string[] = [];
  const look = (directory: string): void => {
    for (const entry of readdirSync(path.join(root, directory), { withFileTypes: true })) {
      const name = path.join(directory, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) look(name);
      if (entry.isFile() && /\.(ts|mts|mjs|cjs|js|py|sh|md)$/.test(entry.name)) found.push(name);
    }
  };
  look('.');
  return found;
}

/**
 * Pointers in `file` to a page or a section that does not exist in `root`, as `file:line: what`. For a page its links
 * are checked, for source code its comments. A section sign without a page is also dangling, unless it is an RFC's.
 */
export function danglingPointers(root: string, file: string, text: string): readonly string[] {
  const isPage = file.endsWith('.md');
  const pointers = isPage ? linksOf : namesInComments;
  return text.split('\n').flatMap((line, index) => {
    const comment = isPage ? line : commentOf(line);
    const missing = pointers(line).filter((pointer) => !exists(root, file, pointer));
    const bare = comment.replaceAll(/RFC \d+ §/g, '').match(/\S*(§|\bquirks? (?=\d))\S*/g) ?? [];
    return [...missing, ...bare].map((what) => `${file}:${index + 1}: ${what}`);
  });
}

function linksOf(line: string): readonly string[] {
  return [...line.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^\w+:/.test(target));
}

function namesInComments(line: string): readonly string[] {
  return commentOf(line).match(/(?<![\w*])(?:[\w.-]+\/)*[\w-]+\.md(?:#[\w-]+)?/g) ?? [];
}

function commentOf(line: string): string {
  return /(?:\/\/|\/\*|^\s*\*|^\s*#)(.*)$/.exec(line)?.[1] ?? '';
}

/**
 * A comment names a page from the root, a page links relative to its own place; a README may also be named relative to
 * its neighbours.
 */
function exists(root: string, file: string, pointer: string): boolean {
  const [page = '', section] = pointer.split('#');
  const beside = path.join(root, path.dirname(file), page);
  const candidates =
    page === '' ? [path.join(root, file)] : file.endsWith('.md') ? [beside] : [path.join(root, page), beside];
  const found = candidates.find((candidate) => existsSync(candidate));
  return found !== undefined && (section === undefined || sectionsOf(readFileSync(found, 'utf8')).has(section));
}

/** The anchors of a page's headings, as made by GitHub. */
function sectionsOf(page: string): ReadonlySet<string> {
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading.toLowerCase());
  return new Set(headings.map((heading) => heading.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')));
}
