import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreKind } from '../../src/contracts/store-kind.js';
import { writeFileAtomically, type DataDirectory } from './data-directory.js';
import { PULP_ADMIN } from '../pulp/database.js';
import { pulpContentUrl } from '../pulp/server.js';
import type { Ports } from './ports.js';

/** Addresses and the password of one playground, as tools read them from `playground.json`. */
export type Addresses = {
  readonly frontendUrl: string;
  readonly resultsUrl: string;
  readonly uiUrl: string;
  readonly poolUrl: string;
  readonly temporalAddress: string;
  readonly password: string;
};

const MARK = '# Written by `npm start` and rewritten at each start. Delete this line to keep your own changes.';

/** The signer; for obs-sign also the compiled client, which `sign_command` runs. */
export type Signing = { readonly signer: 'gpg' } | { readonly signer: 'obs-sign'; readonly client: string };

/** Writes every file that the servers, the worker and the commands read; keeps files that a person has taken over. */
export function writeSettings(
  directory: DataDirectory,
  ports: Ports,
  signing: Signing = { signer: 'gpg' },
  storage: StoreKind = 'tree',
): Addresses {
  const addresses: Addresses = {
    frontendUrl: `http://127.0.0.1:${ports.frontend}`,
    resultsUrl: `http://127.0.0.1:${ports.results}`,
    uiUrl: `http://127.0.0.1:${ports.temporalUi}`,
    poolUrl: `http://127.0.0.1:${ports.pool}`,
    temporalAddress: `127.0.0.1:${ports.temporal}`,
    password: keptPassword(directory) ?? randomBytes(24).toString('base64url'),
  };
  writeKeyPair(directory);
  writeOurs(join(directory.ssh, 'builder_config'), builderConfig(directory), 0o600);
  writeOurs(directory.profileFile, profile(addresses), 0o600);
  const lines = [
    ...signingLines(directory, ports, signing),
    ...(storage === 'pulp' ? pulpLines(directory, ports) : []),
  ];
  writeOurs(directory.configFile, configuration(directory, addresses, ports, lines), 0o600);
  writeFileAtomically(directory.passwordFile, `${addresses.password}\n`, 0o600);
  writeFileAtomically(directory.addressesFile, `${JSON.stringify(addresses, null, 2)}\n`, 0o600);
  return addresses;
}

/** The file is new, or still has our mark. */
function writeOurs(path: string, text: string, mode: number): void {
  if (existsSync(path) && !readFileSync(path, 'utf8').startsWith(MARK)) return;
  writeFileAtomically(path, `${MARK}\n${text}`, mode);
}

function keptPassword(directory: DataDirectory): string | null {
  if (!existsSync(directory.configFile)) return null;
  return /^frontend_auth\s*=\s*(\S+)\s*$/m.exec(readFileSync(directory.configFile, 'utf8'))?.[1] ?? null;
}

function writeKeyPair(directory: DataDirectory): void {
  const key = join(directory.ssh, 'id_ed25519');
  if (existsSync(key) && existsSync(`${key}.pub`)) return;
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'copr-playground', '-f', key], { stdio: 'pipe' });
}

function builderConfig(directory: DataDirectory): string {
  return [
    'Host *',
    '    User mockbuilder',
    `    IdentityFile "${join(directory.ssh, 'id_ed25519')}"`,
    '    IdentitiesOnly yes',
    '    StrictHostKeyChecking no',
    '    UserKnownHostsFile /dev/null',
    '    LogLevel ERROR',
    '    ServerAliveInterval 5',
    '    ConnectTimeout 10',
    '',
  ].join('\n');
}

function profile(addresses: Addresses): string {
  return ['[profile.default]', `address = "${addresses.temporalAddress}"`, 'namespace = "default"', ''].join('\n');
}

/** The lines of the configuration about signing; obs-sign's client and its `sign.conf` are written beside it. */
function signingLines(directory: DataDirectory, ports: Ports, signing: Signing): readonly string[] {
  if (signing.signer === 'gpg') return ['signer=gpg'];
  const [conf, program] = [join(directory.playground, 'sign.conf'), join(directory.playground, 'sign')];
  writeFileAtomically(conf, `server: 127.0.0.1\nport: ${ports.signd}\n`);
  writeFileAtomically(program, `#!/bin/sh\nexec "${process.execPath}" "${signing.client}" "${conf}" "$@"\n`, 0o755);
  return ['signer=obs-sign', `sign_command=${program}`, `keygen_host=127.0.0.1:${ports.keygen}`];
}

/** Where the worker finds Pulp, and where it notes which projects are there, for the web server. */
function pulpLines(directory: DataDirectory, { pulp }: Ports): readonly string[] {
  return [
    `pulp_base_url=http://127.0.0.1:${pulp.api}`,
    `pulp_username=${PULP_ADMIN.username}`,
    `pulp_password=${PULP_ADMIN.password}`,
    `pulp_content_url=${pulpContentUrl(pulp)}`,
    `pulp_redirect_file=${directory.pulpRedirects}`,
  ];
}

function configuration(directory: DataDirectory, addresses: Addresses, ports: Ports, more: readonly string[]): string {
  return [
    '[backend]',
    `results_baseurl=${addresses.resultsUrl}`,
    `frontend_base_url=${addresses.frontendUrl}`,
    `frontend_auth=${addresses.password}`,
    `destdir=${directory.results}`,
    `resalloc_connection=${addresses.poolUrl}`,
    'sleeptime=2',
    'do_sign=true',
    'sign_domain=playground.localhost',
    'gently_gpg_sha256=false',
    ...more,
    `state_dir=${directory.state}`,
    'storage_name=main',
    `temporal_profile=${directory.profileFile}`,
    'temporal_namespace=default',
    `log_dir=${directory.logs}`,
    `http_listen=127.0.0.1:${ports.backend}`,
    `msgbuses_dir=${join(directory.state, 'msgbuses')}`,
    'build_user=mockbuilder',
    '',
    '[builder]',
    'timeout=3600',
    '',
    '[ssh]',
    `builder_config=${join(directory.ssh, 'builder_config')}`,
    '',
  ].join('\n');
}
