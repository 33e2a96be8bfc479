import { OPTIONS, type Option } from './schema.js';

const HEAD = `# Every key of copr-be.conf with its default. Copy this file to copr-be.conf, which root and the group copr can read
# alone, and set what differs; \`copr-backend config check\` says what is wrong in it.
`;

/** Where the results of an installation usually are: the one key that has no default. */
export const USUAL_DESTDIR = '/var/lib/copr/public_html/results';

const SECTIONS: readonly Option['section'][] = ['backend', 'builder', 'ssh'];
const COLUMNS = 100;

/** The text of copr-be.conf.example: each key, as a comment that can be taken away. */
export function configurationExample(): string {
  return [HEAD, ...SECTIONS.map(sectionText)].join('\n');
}

function sectionText(section: Option['section']): string {
  const options = Object.values<Option>(OPTIONS).filter((option) => option.section === section);
  return [`[${section}]`, ...options.map(optionText), ''].join('\n');
}

function optionText({ key, type, unit, meaning, default: text }: Option): string {
  const what = unit === null ? type : `${type}, ${unit}`;
  const comment = wrapped(`${meaning} (${what})`).map((line) => `# ${line}`);
  const setting = text === null ? `${key} = ${USUAL_DESTDIR}` : `#${key} = ${text.replaceAll('%', '%%')}`.trimEnd();
  return [...comment, setting, ''].join('\n');
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
