import { knownKeys } from './known-keys.js';
import { OPTIONS, type Option } from './schema.js';

const SECTIONS = [
  ['backend', 'The backend itself.'],
  ['builder', 'Settings shared by all builders.'],
  ['ssh', 'How builders are reached.'],
] as const;

const HEAD = `# Configuration

<!-- Written by \`npx tsx scripts/write-configuration-doc.ts\` from src/config/schema.ts; a test
compares the two. -->

One file, \`copr-be.conf\`, in the dialect of Python's ConfigParser: \`[section]\`, \`key = value\`,
comments with \`#\` or \`;\` at the beginning of a line, indented continuation lines, \`%%\` for a percent
sign, \`%(name)s\` for another key of the same section or of \`[DEFAULT]\`.

## Which file counts

The first of these is used:

1. \`--config FILE\`
2. the file named by the environment variable \`BACKEND_CONFIG\`
3. \`/etc/copr/copr-be.conf\`, where it exists
4. \`.copr/copr-be.conf\` in the current directory, where it exists (the playground's)

A file that was named in the first two ways must exist. Without any file a command ends with exit
status 5.

## How it is read

- A process reads it at its start. A change needs a restart of the workers; running builds continue.
- Keys marked **live** are the exception: a worker reads them again when the file has changed (it
  checks at the next poll of the frontend) and at SIGHUP. It checks the whole file first; if there
  is an error, nothing changes, and the worker's log says why.
- All errors are listed at once, with their lines, and nothing starts.
- An unknown key is ignored, with a warning in the worker's log that names the nearest known key.
- \`copr-backend config check FILE\` reports all of that beforehand
  ([examples](configuration-check.md)), \`config show\` prints the effective values and their lines,
  \`config diff FILE\` the changes that another file would make.
- Relative paths are taken from the current directory, and \`~\` is the home of the user who runs the
  process.
- Types: \`bool\` is one of 1, yes, true, on, 0, no, false, off. \`bytes\` is a number, optionally
  followed by KiB, MiB, GiB or TiB. \`level\` is debug, info, warning, error or critical. \`limits\` is
  \`name=number\`, with commas between several; \`names\` are names with commas between them. \`address\`
  is a host or host:port, \`listen\` is host:port.

\`temporal_profile\` has three forms: \`NAME\` is a profile in the file where Temporal's own tools look,
\`/FILE.toml\` is the profile \`default\` of that file, \`/FILE.toml#NAME\` another one of it. Variables
of the environment that begin with \`TEMPORAL_\` win over the profile. The namespace is the first of
these: \`temporal_namespace\`, the variable \`TEMPORAL_NAMESPACE\`, the profile's, \`default\`. Workers
and commands use the same one, and \`config show\` says which it is.
`;

/** The text of docs/configuration.md. */
export function configurationPage(): string {
  return [HEAD, ...SECTIONS.map(([section, meaning]) => sectionText(section, meaning)), unusedText()].join('\n');
}

function sectionText(section: Option['section'], meaning: string): string {
  const options = Object.values<Option>(OPTIONS).filter((option) => option.section === section);
  const rows = options.map((option) => [
    `\`${option.key}\``,
    option.unit === null ? option.type : `${option.type}, ${option.unit}`,
    defaultOf(option),
    meaningOf(option),
  ]);
  return [`## [${section}]`, '', meaning, '', ...table(['key', 'type', 'default', 'meaning'], rows), ''].join('\n');
}

function defaultOf({ default: text }: Option): string {
  if (text === null) return '**required**';
  return text === '' ? 'none' : `\`${text}\``;
}

function meaningOf(option: Option): string {
  const notes = [
    ...(option.isSecret === true ? ['A secret: never logged or shown.'] : []),
    ...(option.isLive === true ? ['**Live.**'] : []),
  ];
  return [option.meaning, ...notes].join(' ').replaceAll('|', '\\|');
}

function unusedText(): string {
  const keys = SECTIONS.flatMap(([section]) => knownKeys(section).map((key) => `\`[${section}] ${key}\``)).sort();
  return [
    '## Unused keys',
    '',
    'A configuration file of an existing installation stays valid. These keys, and `group<N>_…` of',
    '`[backend]`, are accepted with any value and without a warning, and have **no effect**; most had',
    'none in the Python service:',
    '',
    ...keys.map((key) => `- ${key}`),
    '',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
