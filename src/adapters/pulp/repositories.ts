import { PortFailure } from '../../ports/port-failure.js';
import { Distribution, Named, Publication, Repository, Version, VersionSummary } from './answers.js';
import { refusal, type PulpCall, type PulpExchange } from './exchange.js';
import { MAX_UNITS_PER_CALL, readAll, readAnswer } from './read-answer.js';
import { endOfTask, runTask, taskFailure, type TaskEnd, type TaskWatch } from './tasks.js';

/** Hrefs of units that join a repository or leave it. */
export type Modification = { readonly add: readonly string[]; readonly remove: readonly string[] };

/** Repositories, their versions and publications, and the distributions that serve them. Failures as PulpPackages. */
export type PulpRepositories = {
  /** Waits for the end of remembered tasks, however they end, and forgets them. */
  readonly awaitTasks: (tasks: Readonly<Record<string, string>>, watch: TaskWatch) => Promise<void>;
  readonly find: (name: string, signal?: AbortSignal) => Promise<Repository | null>;
  /** Makes it if it is missing. */
  readonly ensure: (name: string, signal?: AbortSignal) => Promise<Repository>;
  readonly version: (href: string, signal?: AbortSignal) => Promise<Version>;
  /** A version, and how many packages it has, gained and lost. */
  readonly countedVersion: (href: string, signal?: AbortSignal) => Promise<CountedVersion>;
  /** The newest version first. */
  readonly versions: (repository: Repository, signal?: AbortSignal) => Promise<readonly Version[]>;
  /**
   * Changes the content by one new version, or none if there is nothing to change; resolves with the repository as it
   * is then, whatever became of the task: the caller compares what the version has with what it wanted. A version that a
   * completed task has made counts as its newest.
   */
  readonly modify: (repository: Repository, change: Modification, watch: TaskWatch) => Promise<Modified>;
  /** The publication of exactly this version; made if there is none. `isNew`: the version was just made, so there is none. */
  readonly publish: (version: string, watch: TaskWatch, options?: { readonly isNew: boolean }) => Promise<Publication>;
  /** Null: there is none any more. */
  readonly publication: (href: string, signal?: AbortSignal) => Promise<Publication | null>;
  readonly publications: (repository: Repository, signal?: AbortSignal) => Promise<readonly Publication[]>;
  readonly distribution: (name: string, signal?: AbortSignal) => Promise<Distribution | null>;
  /**
   * Makes clients see a publication under the distribution's name, with these labels, in one step. `readsBack`: the
   * caller reads what clients get then, so that a completed task is not looked at here; `there` is the distribution.
   */
  readonly serve: (served: Served, watch: TaskWatch, known?: Readback) => Promise<void>;
  /** All repositories whose names begin so. */
  readonly repositories: (prefix: string, signal?: AbortSignal) => Promise<readonly Repository[]>;
  /** Gives a repository another name; it keeps its versions. Rejects with `PulpTaskFailed` if the name is taken. */
  readonly rename: (repository: Repository, name: string, watch: TaskWatch) => Promise<void>;
  /** The same for a distribution, with its base path. */
  readonly redirect: (distribution: Distribution, name: string, watch: TaskWatch) => Promise<void>;
  /** All distributions whose names begin so. */
  readonly distributions: (prefix: string, signal?: AbortSignal) => Promise<readonly Distribution[]>;
  /** Removes an object by its href; a missing one counts as removed. */
  readonly remove: (href: string, watch: TaskWatch) => Promise<void>;
};

/** The distribution before, for a caller that reads back. */
export type Readback = { readonly readsBack: true; readonly there: Distribution | null };

export type CountedVersion = Version & { readonly counts: PackageCounts };
export type PackageCounts = { readonly present: number; readonly added: number; readonly removed: number };

export type Modified = { readonly repository: Repository; readonly end: TaskEnd };

export type Served = {
  /** Also its base path. */
  readonly name: string;
  readonly publication: string;
  readonly labels: Readonly<Record<string, string>>;
};

const REPOSITORIES = 'repositories/rpm/rpm/';
const PUBLICATIONS = 'publications/rpm/rpm/';
const DISTRIBUTIONS = 'distributions/rpm/rpm/';
/** Without these, Pulp counts the content of each version for the answer. */
const VERSION_FIELDS = { fields: Object.keys(Version.shape).join(',') };
const NOTHING_TO_DO: TaskEnd = { state: 'completed', created: [], why: '' };

export function createPulpRepositories(exchange: PulpExchange): PulpRepositories {
  const named = async <T>(to: string, name: string, schema: Parameters<typeof readAll<T>>[2], signal?: AbortSignal) => {
    const [found] = await readAll<T>(exchange, { method: 'GET', to, query: { name, limit: '1' }, signal }, schema);
    return found ?? null;
  };
  const find: PulpRepositories['find'] = (name, signal) => named(REPOSITORIES, name, Repository, signal);
  const distribution: PulpRepositories['distribution'] = (name, signal) =>
    named(DISTRIBUTIONS, name, Distribution, signal);

  async function ensure(name: string, signal?: AbortSignal): Promise<Repository> {
    const there = await find(name, signal);
    if (there !== null) return there;
    // Versions stay until they are collected; the metadata are of a kind that every client and we ourselves read.
    const json = { name, retain_package_versions: 0, compression_type: 'gz' };
    const answer = await exchange.ask({ method: 'POST', to: REPOSITORIES, json, signal });
    if (answer.status < 300) return readAnswer(Repository, answer.value, `POST ${REPOSITORIES}`);
    // Somebody else, or a call whose answer was lost, made it meanwhile.
    const made = JSON.stringify(answer.value).includes('must be unique') ? await find(name, signal) : null;
    if (made === null) throw refusal(`POST ${REPOSITORIES} for ${name}`, answer);
    return made;
  }

  async function reread(repository: Repository, signal?: AbortSignal): Promise<Repository> {
    const { value } = await exchange.get({ method: 'GET', to: repository.pulp_href, signal });
    return readAnswer(Repository, value, `GET ${repository.pulp_href}`);
  }

  async function modify(repository: Repository, change: Modification, watch: TaskWatch): Promise<Modified> {
    const { add, remove } = change;
    if (add.length + remove.length === 0) return { repository, end: NOTHING_TO_DO };
    if (add.length + remove.length > MAX_UNITS_PER_CALL)
      throw new PortFailure('PulpRefused', `${repository.name}: ${add.length + remove.length} changes at once`);
    const json = { add_content_units: add, remove_content_units: remove };
    const call: PulpCall = { method: 'POST', to: `${repository.pulp_href}modify/`, json };
    const end = await runTask(exchange, 'modify', call, watch);
    const made = end.state === 'completed' ? end.created.find((href) => isVersionOf(repository, href)) : undefined;
    const now =
      made === undefined ? await reread(repository, watch.signal) : { ...repository, latest_version_href: made };
    watch.memory.remember('modify', null);
    return { repository: now, end };
  }

  const publish: PulpRepositories['publish'] = async (version, watch, { isNew } = { isNew: false }) => {
    const query = { repository_version: version };
    const made = async (): Promise<Publication | undefined> =>
      (await readAll(exchange, { method: 'GET', to: PUBLICATIONS, query, signal: watch.signal }, Publication))[0];
    if (!isNew && watch.memory.remembered('publish') === undefined) {
      const there = await made();
      if (there !== undefined) return there;
    }
    // By the version: Pulp would fix the newest version of a repository when it accepts the request.
    const call: PulpCall = { method: 'POST', to: PUBLICATIONS, json: query };
    const end = await runTask(exchange, 'publish', call, watch);
    const [href] = end.state === 'completed' ? end.created.filter((one) => one.includes(`/${PUBLICATIONS}`)) : [];
    const publication = href === undefined ? await made() : { pulp_href: href, repository_version: version };
    watch.memory.remember('publish', null);
    if (publication === undefined) throw taskFailure(`publication of ${version}`, end);
    return publication;
  };

  async function serve(served: Served, watch: TaskWatch, known?: Readback): Promise<void> {
    const { name, publication, labels } = served;
    const step = `serve ${name}`;
    const there = known === undefined ? await distribution(name, watch.signal) : known.there;
    const json = { publication, repository: null, pulp_labels: labels };
    const call: PulpCall =
      there === null
        ? { method: 'POST', to: DISTRIBUTIONS, json: { ...json, name, base_path: name } }
        : { method: 'PATCH', to: there.pulp_href, json };
    const end = await runTask(exchange, step, call, watch).catch(async (error: unknown) => {
      // An earlier request, whose answer nobody got, has just made it.
      if (there === null && (await distribution(name, watch.signal)) !== null) return null;
      throw error;
    });
    if (end === null) return serve(served, watch);
    const isSeen = known !== undefined && end.state === 'completed';
    const now = isSeen ? null : await distribution(name, watch.signal);
    watch.memory.remember(step, null);
    if (!isSeen && now?.publication !== publication) throw taskFailure(`distribution ${name}`, end);
  }

  async function renamed(
    href: string,
    json: { readonly name: string; readonly base_path?: string },
    watch: TaskWatch,
  ): Promise<void> {
    const step = `rename ${href}`;
    const end = await runTask(exchange, step, { method: 'PATCH', to: href, json }, watch);
    const { value } = await exchange.get({ method: 'GET', to: href, signal: watch.signal });
    watch.memory.remember(step, null);
    if (readAnswer(Named, value, `GET ${href}`).name !== json.name) throw taskFailure(`${step} to ${json.name}`, end);
  }

  return {
    awaitTasks: async (tasks, watch) => {
      for (const [step, href] of Object.entries(tasks)) {
        await endOfTask(exchange, step, href, watch);
        watch.memory.remember(step, null);
      }
    },
    ...{ find, ensure, modify, publish, distribution, serve },
    version: async (href, signal) => {
      const { value } = await exchange.get({ method: 'GET', to: href, query: VERSION_FIELDS, signal });
      return readAnswer(Version, value, `GET ${href}`);
    },
    countedVersion: async (href, signal) => {
      const { value } = await exchange.get({ method: 'GET', to: href, signal });
      const { content_summary: summary, ...version } = readAnswer(VersionSummary, value, `GET ${href}`);
      const of = (counts: Readonly<Record<string, { readonly count: number }>>): number =>
        counts['rpm.package']?.count ?? 0;
      const counts = { present: of(summary.present), added: of(summary.added), removed: of(summary.removed) };
      return { ...version, counts };
    },
    versions: (repository, signal) => {
      const to = `${repository.pulp_href}versions/`;
      return readAll(exchange, { method: 'GET', to, query: VERSION_FIELDS, signal }, Version);
    },
    publication: async (href, signal) => {
      const answer = await exchange.ask({ method: 'GET', to: href, signal });
      if (answer.status === 404) return null;
      if (answer.status >= 300) throw refusal(`GET ${href}`, answer);
      return readAnswer(Publication, answer.value, `GET ${href}`);
    },
    publications: (repository, signal) =>
      readAll(
        exchange,
        { method: 'GET', to: PUBLICATIONS, query: { repository: repository.pulp_href }, signal },
        Publication,
      ),
    repositories: (prefix, signal) => {
      const query = { name__startswith: prefix };
      return readAll(exchange, { method: 'GET', to: REPOSITORIES, query, signal }, Repository);
    },
    rename: ({ pulp_href: href }, name, watch) => renamed(href, { name }, watch),
    redirect: ({ pulp_href: href }, name, watch) => renamed(href, { name, base_path: name }, watch),
    distributions: (prefix, signal) => {
      const query = { name__startswith: prefix };
      return readAll(exchange, { method: 'GET', to: DISTRIBUTIONS, query, signal }, Distribution);
    },
    remove: async (href, watch) => {
      const step = `remove ${href}`;
      const call: PulpCall = { method: 'DELETE', to: href, signal: watch.signal };
      const isGone = async (): Promise<boolean> =>
        (await exchange.ask({ method: 'GET', to: href, signal: watch.signal })).status === 404;
      if (watch.memory.remembered(step) === undefined && (await isGone())) return;
      const end = await runTask(exchange, step, call, watch).catch(async (error: unknown) => {
        // An earlier request, whose answer nobody got, has just removed it.
        if (error instanceof PortFailure && error.code === 'PulpRefused' && (await isGone())) return null;
        throw error;
      });
      if (end === null) return;
      const wasRemoved = await isGone();
      watch.memory.remember(step, null);
      if (!wasRemoved) throw taskFailure(`removal of ${href}`, end);
    },
  };
}

/** `…/versions/7/` of the repository. */
function isVersionOf({ pulp_href: href }: Repository, version: string): boolean {
  return version.startsWith(`${href}versions/`);
}
