import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startResultsWeb } from '../../playground/results-web/server.js';
import type { CommandResult } from '../../src/adapters/process/run-command.js';
import type { StorageMoveStatus } from '../../src/contracts/project/storage-move.js';
import { givenPulp, type GivenPulp } from './given-pulp.js';
import { Installation } from './installation.js';
import { pulp } from './pulp.js';

const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
const HELLO = fileURLToPath(new URL('../../examples/hello-copr/hello-copr.spec', import.meta.url));
const UPLOAD = '/pulp/api/v3/content/rpm/packages/upload';
const OWNER = 'tester';
const NAME = 'moving';
const PROJECT = `${OWNER}/${NAME}`;

/** A whole installation with a project in the results tree, and the real Pulp of the run that it may move to. */
export type MovingInstallation = {
  readonly installation: Installation;
  readonly given: GivenPulp;
  /** `owner/project`. */
  readonly project: string;
  readonly chroot: string;
  /** The project's chroot directory in the tree. */
  readonly directory: string;
  /** URL of the repository below the results, of which clients do not know where it is. */
  readonly baseurl: string;
  /** From now on the backend has a Pulp. */
  readonly configurePulp: () => Promise<void>;
  /** Submits a build, and waits until it has succeeded. */
  readonly build: () => Promise<void>;
  readonly submit: () => Promise<number>;
  /** Waits until the build has succeeded. */
  readonly succeeded: (id: number) => Promise<void>;
  /** `copr-change-storage` for the project. */
  readonly run: (...options: readonly string[]) => Promise<CommandResult>;
  readonly status: () => Promise<StorageMoveStatus>;
  /** Null while the worker that answers is starting again. */
  readonly look: () => Promise<StorageMoveStatus | null>;
  /** Where the frontend has the project. */
  readonly storage: () => Promise<unknown>;
  readonly rpmsInTree: () => Promise<readonly string[]>;
  /** How many uploads have begun. */
  readonly uploads: () => number;
  readonly close: () => Promise<void>;
};

export async function givenMovingInstallation(): Promise<MovingInstallation> {
  const server = await pulp();
  const given = await givenPulp();
  const installation = await Installation.create();
  await installation.start('--no-examples', '--builders', '2');
  const redirectFile = join(installation.data, 'pulp-redirect.txt');
  const { contentUrl } = server;
  const web = await startResultsWeb({ port: 0, directory: installation.results, pulp: { contentUrl, redirectFile } });
  const directory = join(installation.results, PROJECT, CHROOT);

  const run: MovingInstallation['run'] = (...options) =>
    installation.program('copr-change-storage', '--project', PROJECT, ...options);
  const submit = (): Promise<number> => installation.submit(HELLO, PROJECT);
  async function succeeded(id: number): Promise<void> {
    await installation.until(`build ${id} is over`, async () => (await installation.build(id)).over, 300);
    assert.equal((await installation.build(id)).chrootStates[CHROOT], 'succeeded');
  }
  return {
    ...{ installation, given, project: PROJECT, chroot: CHROOT, directory, submit, succeeded, run },
    baseurl: `${web.url.replace(/\/+$/, '')}/${PROJECT}/${CHROOT}/`,
    configurePulp: () =>
      installation.reconfigure({
        ...{ pulp_base_url: given.proxy.url, pulp_content_url: contentUrl },
        ...{ pulp_username: server.username, pulp_password: server.password },
      }),
    build: async () => succeeded(await submit()),
    status: async () => {
      const { code, stdout, stderr } = await run('--status', '--json');
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as StorageMoveStatus;
    },
    look: async () => {
      const { code, stdout, stderr } = await run('--status', '--json');
      if (code !== 0) assert.match(stderr, /no worker answers/);
      return code === 0 ? (JSON.parse(stdout) as StorageMoveStatus) : null;
    },
    storage: async () => {
      const url = `${installation.url('frontendUrl')}/api_3/project?ownername=${OWNER}&projectname=${NAME}`;
      return ((await (await fetch(url)).json()) as { storage: unknown }).storage;
    },
    rpmsInTree: async () =>
      (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.rpm')).toSorted(),
    uploads: () => given.proxy.count(UPLOAD),
    close: async () => {
      await web.close();
      await installation.remove();
      await given.close();
    },
  };
}
