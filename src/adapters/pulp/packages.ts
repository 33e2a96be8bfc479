import path from 'node:path';
import pMap from 'p-map';
import { PortFailure } from '../../ports/port-failure.js';
import { Artifact, Unit, UNIT_FIELDS, Upload } from './answers.js';
import { refusal, type PulpAnswer, type PulpCall, type PulpExchange } from './exchange.js';
import { findable, labelQueries, type Labels } from './labels.js';
import { multipart } from './multipart.js';
import { inRequestLines, readAll, readAnswer, readPages } from './read-answer.js';
import { runTask, taskFailure, type TaskWatch } from './tasks.js';

/** A package on this host that is to be at Pulp. */
export type LocalPackage = {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly labels: Labels;
};

/** Packages at Pulp, independent of repositories. Rejects with `PulpUnavailable`, `PulpRefused`, `PulpTaskFailed`. */
export type PulpPackages = {
  /** Those that Pulp has, by their sha256. */
  readonly find: (sha256s: readonly string[], signal?: AbortSignal) => Promise<ReadonlyMap<string, Unit>>;
  /** Those that have all labels of one of these, each once. */
  readonly labelled: (alternatives: readonly Labels[], signal?: AbortSignal) => Promise<readonly Unit[]>;
  /** The packages of a repository's version. */
  readonly ofVersion: (version: string, signal?: AbortSignal) => Promise<readonly Unit[]>;
  /**
   * Uploads those that Pulp lacks, and mends the labels of those that it has with others. Safe to repeat. Resolves with
   * the packages by their sha256. `found`: what `find` said of these and others.
   */
  readonly ensure: (
    packages: readonly LocalPackage[],
    watch: TaskWatch,
    found?: ReadonlyMap<string, Unit>,
  ) => Promise<ReadonlyMap<string, Unit>>;
};

/** From this size on, a package goes to Pulp in pieces: no request of hours, and no whole file in anybody's memory. */
const CHUNKED_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 32 * 1024 * 1024;
const PACKAGES = 'content/rpm/packages/';
const PARALLEL_UPLOADS = 4;
/** Pulp answers a page of these within the time of a call, also on a busy machine: 4,300 took it half a minute. */
const UNITS_PER_PAGE = '2000';
/** The same bytes, uploaded by somebody else at once, are there after a moment. */
const ATTEMPTS_BESIDE_OTHERS = 5;

export function createPulpPackages(
  exchange: PulpExchange,
  sizes: { readonly chunkedBytes?: number; readonly chunkBytes?: number } = {},
): PulpPackages {
  const { chunkedBytes = CHUNKED_BYTES, chunkBytes = CHUNK_BYTES } = sizes;

  const list = (query: Readonly<Record<string, string>>, signal?: AbortSignal): PulpCall => {
    const all = { ...query, fields: UNIT_FIELDS, limit: UNITS_PER_PAGE };
    return { method: 'GET', to: PACKAGES, query: all, signal };
  };

  async function find(sha256s: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Unit>> {
    const found = new Map<string, Unit>();
    for (const some of inRequestLines(sha256s)) {
      // A package's id in the metadata is its sha256.
      const units = await readAll(exchange, list({ pkgId__in: some.join(',') }, signal), Unit);
      for (const unit of units) found.set(unit.sha256, unit);
    }
    return found;
  }

  async function upload(one: LocalPackage, watch: TaskWatch): Promise<Unit> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await (one.bytes > chunkedBytes ? uploadInPieces(one, watch) : uploadWhole(one, watch));
      if (answer.status < 300) return checked(one, readAnswer(Unit, answer.value, `upload of ${one.file}`));
      if (attempt === ATTEMPTS_BESIDE_OTHERS || !isTakenMeanwhile(answer))
        throw refusal(`upload of ${one.file}`, answer);
      const beside = (await find([one.sha256], watch.signal)).get(one.sha256);
      if (beside !== undefined) return beside;
    }
  }

  function uploadWhole(one: LocalPackage, watch: TaskWatch): Promise<PulpAnswer> {
    const part = { path: one.file, name: path.basename(one.file), start: 0, bytes: one.bytes };
    const body = multipart(part, { pulp_labels: JSON.stringify(one.labels) });
    return exchange.ask({ method: 'POST', to: `${PACKAGES}upload/`, body, signal: watch.signal });
  }

  async function uploadInPieces(one: LocalPackage, watch: TaskWatch): Promise<PulpAnswer> {
    // To commit bytes that are there already would fail.
    const artifact = (await findArtifact(one, watch)) ?? (await makeArtifact(one, watch));
    const json = { artifact, pulp_labels: one.labels };
    return exchange.ask({ method: 'POST', to: `${PACKAGES}upload/`, json, signal: watch.signal });
  }

  async function findArtifact({ sha256 }: LocalPackage, { signal }: TaskWatch): Promise<string | null> {
    const [found] = await readAll(exchange, { method: 'GET', to: 'artifacts/', query: { sha256 }, signal }, Artifact);
    return found?.pulp_href ?? null;
  }

  async function makeArtifact(one: LocalPackage, watch: TaskWatch): Promise<string> {
    const step = `artifact ${one.sha256}`;
    const { signal } = watch;
    let commit: PulpCall = { method: 'POST', to: '', signal };
    if (watch.memory.remembered(step) === undefined) {
      const { value } = await exchange.get({ method: 'POST', to: 'uploads/', json: { size: one.bytes }, signal });
      const { pulp_href: href } = readAnswer(Upload, value, 'POST uploads/');
      for (let start = 0; start < one.bytes; start += chunkBytes) {
        await putPiece(href, one, { start, bytes: Math.min(chunkBytes, one.bytes - start) }, watch);
      }
      commit = { ...commit, to: `${href}commit/`, json: { sha256: one.sha256 } };
    }
    const end = await runTask(exchange, step, commit, watch);
    const artifact = end.created[0] ?? (await findArtifact(one, watch));
    watch.memory.remember(step, null);
    if (artifact === null) throw taskFailure(`upload of ${one.file}`, end);
    return artifact;
  }

  async function putPiece(
    to: string,
    one: LocalPackage,
    piece: { readonly start: number; readonly bytes: number },
    watch: TaskWatch,
  ): Promise<void> {
    const body = multipart({ path: one.file, name: 'piece', ...piece });
    const headers = { 'content-range': `bytes ${piece.start}-${piece.start + piece.bytes - 1}/*` };
    await exchange.get({ method: 'PUT', to, body, headers, signal: watch.signal });
    watch.onPoll?.(`uploading ${path.basename(one.file)}`);
  }

  /** Bytes that are there keep the labels of their first upload, whatever a later one says. */
  async function mendLabels(unit: Unit, labels: Labels, signal?: AbortSignal): Promise<Unit> {
    const wrong = Object.entries(labels).filter(([key, value]) => unit.pulp_labels[key] !== value);
    for (const [key, value] of wrong)
      await exchange.get({ method: 'POST', to: `${unit.pulp_href}set_label/`, json: { key, value }, signal });
    return { ...unit, pulp_labels: { ...unit.pulp_labels, ...labels } };
  }

  return {
    find,
    labelled: async (alternatives, signal) => {
      const found = new Map<string, Unit>();
      for (const q of labelQueries(alternatives))
        for await (const page of readPages(exchange, list({ q }, signal), Unit))
          for (const unit of page) found.set(unit.pulp_href, unit);
      return [...found.values()];
    },
    ofVersion: async (version, signal) => {
      const units = await readAll(exchange, list({ repository_version: version }, signal), Unit);
      return [...new Map(units.map((unit) => [unit.pulp_href, unit])).values()];
    },
    ensure: async (packages, watch, found) => {
      for (const { labels } of packages) Object.values(labels).forEach(findable);
      const wanted = [...new Set(packages.map(({ sha256 }) => sha256))];
      const known = found ?? (await find(wanted, watch.signal));
      const there = new Map<string, Unit>();
      await pMap(
        packages,
        async (one) => {
          const unit = there.get(one.sha256) ?? known.get(one.sha256) ?? (await upload(one, watch));
          watch.onPoll?.(`uploading ${path.basename(one.file)}`);
          there.set(one.sha256, await mendLabels(unit, one.labels, watch.signal));
        },
        { concurrency: PARALLEL_UPLOADS },
      );
      return there;
    },
  };
}

/** The file may have been replaced since its checksum was taken. */
function checked(one: LocalPackage, unit: Unit): Unit {
  if (unit.sha256 === one.sha256) return unit;
  const found = `Pulp received ${unit.sha256} instead of ${one.sha256}`;
  throw new PortFailure('PulpTaskFailed', `upload of ${one.file}: ${found}: the file has changed meanwhile`);
}

function isTakenMeanwhile({ status, value }: PulpAnswer): boolean {
  return status === 400 && JSON.stringify(value).includes('already exists');
}
