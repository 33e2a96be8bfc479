import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { httpPortOf, SERVICE_ROLES } from '../../domain/service/roles.js';
import { packageRoot } from '../process/package-root.js';
import { hostText } from '../../domain/names/host-text.js';

/** A file for the host; `path` is absolute there. */
export type DeployedFile = { readonly path: string; readonly text: string; readonly mode: number };

/** The values for the templates of deploy/. */
export type DeploymentFacts = {
  /** The program node. */
  readonly node: string;
  readonly destdir: string;
  readonly stateDir: string;
  readonly logDir: string;
  /** How the program `sign` of obs-signd gets its port below 1024; null: packages are not signed by it. */
  readonly obsSign: 'by capability' | 'as root' | null;
  /** Cron does what Schedules of Temporal do otherwise. */
  readonly cron: boolean;
  /** Pulp's URL above its base paths, where web servers send clients of projects in Pulp; null: there are none. */
  readonly pulpContent: string | null;
};

/** Units of one version of the workers beside those of another one. */
export type Beside = {
  /** Build id of the version; it becomes part of the units' names. */
  readonly build: string;
  /** Where its poller serves HTTP, and the other roles after it; null: nothing does. */
  readonly listen: { readonly host: string; readonly port: number } | null;
};

/** A text with characters that a unit, a shell script or a web server's file would read differently. */
export class UnfitPath extends Error {
  override readonly name = 'UnfitPath';

  constructor(word: string, file: string) {
    super(
      `${word} ${JSON.stringify(file)} cannot be written into a unit or a web server's file: use only letters, digits and . _ + : @ / -`,
    );
  }
}

const FIT = /^\/[\w.+:@/-]*$/;
const FIT_BUILD = /^[\w.-]+$/;
const FIT_HOST = /^[\w.:-]+$/;
const FIT_URL = /^https?:\/\/[\w.:[\]-]+(?:\/[\w.+:@/-]*)?$/;
/** Lines that a host without Pulp does not get. */
const OF_PULP = /^ *# begin of Pulp\n([^]*?)^ *# end of Pulp\n/gm;
const TEMPLATES = path.join(packageRoot(), 'deploy');
const UNITS = '/usr/local/lib/systemd/system';
/** Services whose workers sign: builds, repositories, keys of projects. */
const SIGNING = ['build', 'action', 'storage'];

const DROP_INS = { 'by capability': 'obs-sign.conf', 'as root': 'obs-sign-setuid.conf' } as const;

/** The files of deploy/files, and the drop-ins of the signer. Throws UnfitPath. */
export function deployedFiles(facts: DeploymentFacts): readonly DeployedFile[] {
  const fill = filler(facts, { instance: '', listen: '' });
  const root = path.join(TEMPLATES, 'files');
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => facts.cron || !isCronJob(file))
    .map((file) => ({
      path: `/${path.relative(root, file)}`,
      text: fill(readFileSync(file, 'utf8')),
      mode: isCronJob(file) ? 0o755 : 0o644,
    }));
  return [...files, ...dropInsOf(facts, '')].sort(byPath);
}

/**
 * The units of the workers of one version, named `NAME@BUILD`, which run beside those of another version. Units that a
 * host has once, such as the ticket clerk, are not among them. Throws UnfitPath.
 */
export function unitsBeside(facts: DeploymentFacts, { build, listen }: Beside): readonly DeployedFile[] {
  if (!FIT_BUILD.test(build)) throw new UnfitPath('the build id', build);
  if (listen !== null && !FIT_HOST.test(listen.host)) throw new UnfitPath('the host', listen.host);
  const instance = `@${build}`;
  const unit = (name: string, type: string, listens: string): DeployedFile => {
    const template = readFileSync(path.join(TEMPLATES, 'files', UNITS, `${name}.${type}`), 'utf8');
    const text = filler(facts, { instance, listen: listens })(template);
    return { path: `${UNITS}/${name}${instance}.${type}`, text, mode: 0o644 };
  };
  const services = SERVICE_ROLES.map((role) => {
    const at = listen === null ? 'off' : `${hostText(listen.host)}:${httpPortOf(role, listen.port)}`;
    return unit(`copr-backend-${role}`, 'service', ` --http-listen ${at}`);
  });
  return [...services, unit('copr-backend', 'target', ''), ...dropInsOf(facts, instance)].sort(byPath);
}

function dropInsOf({ obsSign }: DeploymentFacts, instance: string): readonly DeployedFile[] {
  if (obsSign === null) return [];
  const text = readFileSync(path.join(TEMPLATES, DROP_INS[obsSign]), 'utf8');
  const files = SIGNING.map((role) => `${UNITS}/copr-backend-${role}${instance}.service.d/obs-sign.conf`);
  return files.map((file) => ({ path: file, text, mode: 0o644 }));
}

function isCronJob(file: string): boolean {
  return path.basename(path.dirname(file)).startsWith('cron.');
}

/** Replaces the words between `@`; the hardening first, because it contains such words. */
function filler(
  facts: DeploymentFacts,
  own: { readonly instance: string; readonly listen: string },
): (text: string) => string {
  const hardening = readFileSync(path.join(TEMPLATES, 'hardening.conf'), 'utf8').trimEnd();
  const { node, destdir, stateDir, logDir } = facts;
  const paths = { node, destdir, stateDir, logDir, package: packageRoot(), webRoot: path.dirname(destdir) };
  for (const [word, name] of Object.entries(paths)) if (!FIT.test(name)) throw new UnfitPath(word, name);
  const pulpContent = facts.pulpContent?.replace(/\/+$/, '') ?? null;
  if (pulpContent !== null && !FIT_URL.test(pulpContent)) throw new UnfitPath('pulp_content_url', pulpContent);
  // The dash ignores a missing directory: the worker reports it in its own words.
  const writable = [...new Set([destdir, stateDir, logDir])].map((directory) => `-${directory}`).join(' ');
  const words: Readonly<Record<string, string>> = {
    ...paths,
    ...own,
    writable,
    ...(pulpContent === null ? {} : { pulpContent }),
  };
  return (text) =>
    text
      .replaceAll('@hardening@', hardening)
      .replace(OF_PULP, pulpContent === null ? '' : '$1')
      .replace(/@([a-zA-Z]+)@/g, (_, word: string) => {
        const known = words[word];
        if (known === undefined) throw new Error(`deploy/ has an unknown word: @${word}@`);
        return known;
      });
}

function byPath(one: DeployedFile, other: DeployedFile): number {
  return one.path < other.path ? -1 : 1;
}
