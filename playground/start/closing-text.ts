import type { ExampleProject } from './examples.js';
import type { Addresses } from './settings-files.js';

/** The text for people when everything is running: where to look, how to install, how to go on. */
export function closingText(input: {
  readonly addresses: Addresses;
  readonly project: ExampleProject;
  /** The machine's chroot, in which the examples were built. */
  readonly chroot: string;
  readonly configFile: string;
  readonly dataDir: string;
}): readonly string[] {
  const { addresses, chroot, configFile, dataDir } = input;
  const project = `${addresses.resultsUrl}/${input.project.owner}/${input.project.project}`;
  const config = shellWord(configFile);
  return [
    '',
    `Repository          ${project}/${chroot}/`,
    `Install from it     ${dnfLine({ id: 'copr-examples', baseUrl: `${project}/${chroot}/`, keyUrl: `${project}/pubkey.gpg` })}`,
    `Temporal Web UI     ${addresses.uiUrl}`,
    `Results             ${addresses.resultsUrl}/`,
    `Frontend            ${addresses.frontendUrl}/`,
    `Your own package    npx copr-backend playground submit FILE.spec --follow --data ${shellWord(dataDir)}`,
    `Follow it           npx copr-backend status --config ${config}   (also: logs TASK --follow, cancel TASK, queue)`,
    '',
  ];
}

/** The dnf call that installs the first example, on Fedora and with Debian's dnf. */
export function dnfLine(repository: {
  readonly id: string;
  readonly baseUrl: string;
  readonly keyUrl: string;
}): string {
  const { id, baseUrl, keyUrl } = repository;
  const options = [`--repofrompath=${id},${baseUrl}`, `--setopt=${id}.gpgcheck=1`, `--setopt=${id}.gpgkey=${keyUrl}`];
  return `sudo dnf install ${options.map(shellWord).join(' ')} hello-copr`;
}

/** Quotes a word for a POSIX shell. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
