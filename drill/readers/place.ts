import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { freePulpPorts } from '../../playground/pulp/free-ports.js';
import { startPulp } from '../../playground/pulp/server.js';
import { startResultsWeb } from '../../playground/results-web/server.js';
import type { RepositoryId } from '../../src/contracts/names/ids.js';
import { placeOf, readMetadata } from '../../src/adapters/repository-store/metadata/metadata.js';
import type { PublisherTask } from './publisher.js';
import { packagesSeen } from './reader.js';

/** Where repositories are. */
export type DrilledStorage = 'backend' | 'pulp';

/** A repository with its web server, and its Pulp if it is there. */
export type Place = {
  /** The address that readers ask. */
  readonly baseurl: string;
  readonly chroot: string;
  readonly publisher: Pick<PublisherTask, 'destdir' | 'graceHours' | 'repository' | 'pulp'>;
  /** The steps of a publication at which its publisher is killed. */
  readonly steps: readonly string[];
  /**
   * After all kills: the repository lists exactly the packages of these builds, and no dead publisher left anything.
   */
  readonly differences: (builds: ReadonlyMap<string, string>) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

/** Longer than any look of a reader, but short, so that deleted builds are removed while others look. */
const GRACE_HOURS = 30 / 3600;
/** A publication at Pulp takes longer, and so does a look. */
const PULP_GRACE_SECONDS = 300;
/** The steps of a publication in the tree. */
export const TREE_STEPS = [
  'indexing',
  'verifying',
  'switching',
  'renaming',
  'reading back',
  'remembering',
  'tidying up',
];
const PULP_STEPS = ['uploading', 'modify', 'publish', 'serve', 'reading back', 'remove'];

/** Starts the servers for a repository below `root`. */
export async function openPlace(
  root: string,
  storage: DrilledStorage,
  of: { readonly repository: RepositoryId; readonly say: (line: string) => void },
): Promise<Place> {
  const { repository, say } = of;
  const destdir = path.join(root, 'results');
  const below = [repository.owner, repository.dirname, repository.chroot];
  const chroot = path.join(destdir, ...below);
  await mkdir(destdir, { recursive: true });
  const urlOf = (web: { readonly url: string }): string => [web.url.replace(/\/+$/, ''), ...below].join('/');
  if (storage === 'backend') {
    const web = await startResultsWeb({ port: 0, directory: destdir });
    return {
      ...{ baseurl: urlOf(web), chroot, steps: TREE_STEPS, close: () => web.close() },
      publisher: { destdir, graceHours: GRACE_HOURS, repository, pulp: null },
      differences: (builds) => differencesInTree(chroot, new Set(builds.keys())),
    };
  }
  // PostgreSQL may run as another user, who passes through.
  await chmod(root, 0o711);
  const directory = path.join(root, 'pulp');
  await mkdir(directory, { recursive: true });
  const ports = await freePulpPorts();
  const pulp = await startPulp({ directory, ports, retentionSeconds: PULP_GRACE_SECONDS, say });
  const { url, contentUrl, username, password } = pulp;
  const redirectFile = path.join(root, 'pulp-redirect.txt');
  const web = await startResultsWeb({ port: 0, directory: destdir, pulp: { contentUrl, redirectFile } });
  return {
    ...{ baseurl: urlOf(web), chroot, steps: PULP_STEPS },
    publisher: {
      ...{ destdir, graceHours: PULP_GRACE_SECONDS / 3600, repository },
      pulp: { url, contentUrl, username, password },
    },
    differences: async (builds) => {
      const seen = (await packagesSeen(urlOf(web))).map((href) => path.basename(href));
      const wanted = new Set(builds.values());
      return [
        ...[...wanted].filter((rpm) => !seen.includes(rpm)).map((rpm) => `at the end ${rpm} is missing`),
        ...seen.filter((rpm) => !wanted.has(rpm)).map((rpm) => `at the end ${rpm} is still named`),
      ];
    },
    close: async () => {
      await web.close();
      await pulp.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function differencesInTree(chroot: string, builds: ReadonlySet<string>): Promise<readonly string[]> {
  const metadata = await readMetadata(placeOf(path.join(chroot, 'repodata')));
  if (metadata.state === 'damaged') return [`at the end: ${metadata.why}`];
  const named = new Set([...metadata.packages.keys()].map((href) => href.split('/')[0] ?? ''));
  const errors = [
    ...[...builds].filter((build) => !named.has(build)).map((build) => `at the end ${build} is missing`),
    ...[...named].filter((build) => !builds.has(build)).map((build) => `at the end ${build} is still named`),
  ];
  const name = path.basename(chroot);
  const kept = [`members=${name}`, `lock=${name}`];
  const staged = (await readdir(path.join(chroot, '..', '.staging'))).filter((entry) => !kept.includes(entry));
  return [...errors, ...staged.map((entry) => `at the end .staging has ${entry}`)];
}
