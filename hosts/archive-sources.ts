import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { absentAs } from './absent-as.js';

/** A distribution's archive, as configured in a machine's apt. */
export type ArchiveSource = {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** The keys that sign it: a file. Null if the source names none. */
  readonly keyring: string | null;
};

/** Names of Debian's suites; its updates and security archives have other names. */
const DEBIAN_SUITES = /^(bullseye|bookworm|trixie|forky|duke|sid|oldoldstable|oldstable|stable|testing|unstable)$/;

/** The one-line style of sources.list(5). Lines of other kinds, and those for source packages, are skipped. */
export function oneLineSources(text: string): readonly ArchiveSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const keyring = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1] ?? null;
    return [{ uri: bare(uri), suites: [suite], components: words(components), keyring: fileOf(keyring) }];
  });
}

/** The deb822 style of sources.list(5): stanzas of fields, of which `Enabled: no` disables a stanza. */
export function deb822Sources(text: string): readonly ArchiveSource[] {
  const stanzas = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n[ \t]*(?:\n[ \t]*)+/);
  return stanzas.flatMap((stanza) => {
    const fields = new Map(
      [...stanza.matchAll(/^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t]+.*)*)/gm)].map(
        ([, name = '', value = '']) => [name.toLowerCase(), value.trim()] as const,
      ),
    );
    const isOff = /^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? 'yes');
    if (isOff || !words(fields.get('types') ?? '').includes('deb')) return [];
    const rest = {
      suites: words(fields.get('suites') ?? ''),
      components: words(fields.get('components') ?? ''),
      keyring: fileOf(fields.get('signed-by') ?? null),
    };
    return words(fields.get('uris') ?? '').map((uri) => ({ uri: bare(uri), ...rest }));
  });
}

/** Among several sources, the archive that has Debian's releases themselves. */
export function debianArchive(sources: readonly ArchiveSource[]): ArchiveSource | null {
  const isDebian = ({ suites, components }: ArchiveSource): boolean =>
    components.includes('main') && suites.some((suite) => DEBIAN_SUITES.test(suite));
  return sources.find(isDebian) ?? null;
}

/** Every source configured in this machine's apt; `etc` is its settings directory. */
export function configuredSources(etc = '/etc/apt'): readonly ArchiveSource[] {
  const parts = namesIn(join(etc, 'sources.list.d')).map((name) => join(etc, 'sources.list.d', name));
  return [join(etc, 'sources.list'), ...parts.sort()].flatMap((file) => {
    if (file.endsWith('.sources')) return deb822Sources(textOf(file));
    return file.endsWith('.list') ? oneLineSources(textOf(file)) : [];
  });
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function bare(uri: string): string {
  return uri.replace(/\/+$/, '');
}

/**
 * `Signed-By` may contain a key itself, or fingerprints of keys that apt trusts anyway; only a file can be passed on.
 */
function fileOf(keyring: string | null): string | null {
  return keyring !== null && keyring.startsWith('/') && !/\s/.test(keyring) ? keyring : null;
}

function namesIn(directory: string): readonly string[] {
  return absentAs([], () => readdirSync(directory));
}

function textOf(file: string): string {
  return absentAs('', () => readFileSync(file, 'utf8'));
}
