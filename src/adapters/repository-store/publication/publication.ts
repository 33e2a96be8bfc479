import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import type { Hold, Published } from '../../../contracts/repository/repository.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { IndexerRun, PublishOptions } from '../../../ports/repository/repository-indexer.js';
import { exists } from '../../files/entries.js';
import { insideRoot, type TreePaths } from '../../file-tree/paths.js';
import { repodataOf } from '../../file-tree/repodata.js';
import { appstreamIsDisabled, buildAppstream } from '../programs/appstream.js';
import type { Complaints } from '../programs/complaints.js';
import { createrepoVersion, updateSupport } from '../programs/createrepo-version.js';
import type { PendingRemovals } from './pending-removals.js';
import { makeExtraRecords, type ApplicationData } from '../metadata/extra-records.js';
import { generationsDirectory, moveIn, prepare, preparedPlace, switchTo } from '../generations/generations.js';
import { readHold } from '../generations/hold.js';
import { makeIncrement, type Increment, type Stale } from '../incremental/increment.js';
import { inspectMetadata, placeOf, readMetadata, type Metadata } from '../metadata/metadata.js';
import { findDiffering } from '../metadata/differing-packages.js';
import { makePackageRecords } from '../incremental/new-records.js';
import { planRun, type RunPlan } from './run-plan.js';
import { publishedState, withPublisherLock } from './publisher-lock.js';
import type { RepomdSigner } from '../signing/repomd-signing.js';
import { keepSignature, keptSignature, placeSignature } from '../signing/repomd-signature.js';
import { formatRepomd, sameContent, type MetadataFile, type Repomd } from '../metadata/repomd.js';
import type { StandingDocuments } from '../metadata/standing-documents.js';
import { findTwins, sayTwins } from './twins.js';
import { leftOutText, someOf, verifyMetadata } from './verification.js';
import { pickWitnesses } from './witnesses.js';

/** Dependencies of a publication; the same for all publications of a worker. */
export type PublicationContext = {
  readonly paths: TreePaths;
  /** URL of the results root; base URL of packages in devel metadata. */
  readonly resultsBaseurl: string;
  /** Null: repomd.xml is not signed. */
  readonly sign: RepomdSigner | null;
  readonly log: { readonly warn: (facts: object, message: string) => void };
  /** How large metadata is updated without being read, and from which size on (docs/decisions/0019). */
  readonly incremental: Pick<Increment, 'leastBytes' | 'memberBytes'>;
  /** Absolute path of appstream-builder; null: not installed, and no application data is made. */
  readonly appstreamBuilder: string | null;
};

export type Publication = {
  readonly context: PublicationContext;
  readonly repository: RepositoryId;
  readonly run: IndexerRun;
  /** Packages that leave the metadata, or have left it and are still in the tree. */
  readonly pendingRemovals: PendingRemovals;
  readonly documents: StandingDocuments;
  readonly hold: Hold | null;
  readonly options: PublishOptions;
  readonly workDir: string;
  readonly now: number;
  /** Read every package, regardless of its existing record. */
  readonly isAfresh?: boolean;
};

/** Publishes one metadata directory: makes it separately, verifies, signs, switches to it, reads it back. */
export async function publishMetadata(publication: Publication): Promise<Omit<Published, 'collectAt'>> {
  const { context, repository, run, pendingRemovals, documents, hold, now, options } = publication;
  const chrootDir = context.paths.chroot(repository);
  const live = repodataOf(context.paths, repository, run.devel);
  await insideRoot(context.paths, live);
  const place = hold === null ? placeOf(live) : preparedPlace(live);
  const state = await publishedState(live);
  if ((await readHold(live))?.generation !== hold?.generation) throw overtaken(live);

  const { mayUpdate } = updateSupport(await createrepoVersion());
  const isAfresh = publication.isAfresh === true;
  const increment = isAfresh ? null : await tryIncrement(publication, { live, state, mayUpdate });
  if (increment !== null) return 'stale' in increment ? publishAfresh(publication, increment.stale) : increment;
  const found = await readMetadata(place);
  const before = found.state === 'whole' ? found : null;
  const plan = await planRun({ chrootDir, before, run, pendingRemovals, documents, isAfresh, mayUpdate });
  if (found.state === 'damaged' && !(await isFirst(live, run, plan)))
    context.log.warn({ live, gap: found.why }, 'metadata is not whole, all packages are read');
  const warnings: string[] = [];
  warnOfAbsent(publication, plan.absent, warnings);
  const isSigned = before !== null && (await isSignedAsWanted(publication, place.repomd));
  if (before !== null && isSigned && plan.isUpToDate) return answer(before, { changed: false, hold, warnings });

  options.onProgress?.('indexing');
  const { records, complaints } = await makeRecords(publication, { plan, before, live, warnings });
  const repodata = path.join(publication.workDir, 'repodata');
  const repomdFile = path.join(publication.workDir, 'repomd.xml');
  await writeFile(
    repomdFile,
    formatRepomd({ revision: String(revisionAfter(before?.repomd ?? null, now)), files: records }),
  );
  options.onProgress?.('verifying');
  const made = await readMetadata({ repodata, repomd: repomdFile });
  if (made.state === 'damaged') throw failed(chrootDir, `createrepo_c made no valid metadata: ${made.why}`);
  const { wanted, added, before: named } = plan;
  const broken = await verifyMetadata(made, { chrootDir, wanted, added, before: named, complaints });
  if (broken.length > 0) {
    const which = someOf(broken.map(leftOutText));
    context.log.warn({ chrootDir, count: broken.length, which }, 'unreadable packages were left out of the metadata');
    warnings.push(`unreadable packages are left out: ${which}`);
  }
  const stale = await findStale(publication, { plan, made, repodata });
  if (stale.length > 0) return publishAfresh(publication, stale);
  if (before !== null && isSigned && sameContent(before.repomd, made.repomd))
    return answer(before, { changed: false, hold, warnings });

  await goLive(publication, { live, state, repodata, repomdFile, repomd: made.repomd });
  const baseurl = baseurlOf(context.resultsBaseurl, repository, run.devel);
  // The files are live; there is no other copy of the new metadata.
  const twins = await findTwins(made, { repodata: live, added, baseurl });
  const { warnings: ofTwins, ...said } = sayTwins(twins);
  return { ...answer(made, { changed: true, hold, warnings: [...warnings, ...ofTwins] }), ...said };
}

/** The same publication without reused records, because the existing records of these packages are wrong. */
async function publishAfresh(
  publication: Publication,
  stale: readonly string[],
): Promise<Omit<Published, 'collectAt'>> {
  const { context, repository, workDir } = publication;
  const which = someOf(stale);
  context.log.warn(
    { chrootDir: context.paths.chroot(repository), which },
    'the metadata says something else than its packages, all packages are read',
  );
  const own = path.join(workDir, 'afresh');
  await mkdir(own, { mode: 0o755 });
  const published = await publishMetadata({ ...publication, workDir: own, isAfresh: true });
  const warning = `the metadata did not match its packages and was rebuilt: ${which}`;
  return { ...published, warnings: [...published.warnings, warning] };
}

/** From a sample of packages whose records were reused, those that createrepo_c now reads differently. */
async function findStale(
  publication: Publication,
  { plan, made, repodata }: { readonly plan: RunPlan; readonly made: Metadata; readonly repodata: string },
): Promise<readonly string[]> {
  if (plan.update === 'none') return [];
  const { context, repository, options, workDir } = publication;
  const added = new Set(plan.added);
  const takenOver = plan.wanted.filter((href) => plan.before.has(href) && !added.has(href) && made.packages.has(href));
  const chrootDir = context.paths.chroot(repository);
  const packages = await pickWitnesses(chrootDir, takenOver);
  const common = {
    chroot: repository.chroot,
    chrootDir,
    baseurl: baseurlOf(context.resultsBaseurl, repository, publication.run.devel),
    signal: options.signal,
  };
  return findDiffering({ ...common, metadata: made.repomd, repodata, packages, workDir: path.join(workDir, 'fresh') });
}

/** True if it is right that there was no metadata: the run adds all existing packages, or was to read them all. */
async function isFirst(live: string, run: IndexerRun, plan: RunPlan): Promise<boolean> {
  return !(await exists(live)) && (run.full || plan.added.length === plan.wanted.length);
}

type Finished = {
  readonly live: string;
  /** The state that clients saw when the run began (`publishedState`). */
  readonly state: string;
  /** Holds the new files. */
  readonly repodata: string;
  readonly repomdFile: string;
  readonly repomd: Repomd;
};

/**
 * Signs the new metadata and makes it live, or prepares it under a hold; then checks it as a client would. If another
 * publisher has changed the state meanwhile, nothing goes live: the run starts again from the new state.
 */
async function goLive(
  publication: Publication,
  { live, state, repodata, repomdFile, repomd }: Finished,
): Promise<void> {
  const { context, repository, hold, now, options } = publication;
  const chrootDir = context.paths.chroot(repository);
  const place = hold === null ? placeOf(live) : preparedPlace(live);
  await signAndKeep(publication, live, repomdFile);
  await withPublisherLock(context.paths, repository, options, async () => {
    options.onProgress?.('switching');
    if ((await publishedState(live)) !== state) throw overtaken(live);
    await moveIn(live, repodata, repomd);
    options.onProgress?.('renaming');
    if (hold === null) await switchTo(live, repomdFile, now);
    else await prepare(live, repomdFile);
  });
  options.onProgress?.('reading back');
  const arrived = await inspectMetadata(place);
  if (arrived.state === 'damaged') throw failed(chrootDir, `the metadata did not arrive: ${arrived.why}`);
  const seen = arrived.repomd;
  if (seen.revision !== repomd.revision || !sameContent(seen, repomd)) throw overtaken(live);
}

/**
 * The failure when another publisher was faster: a worker that was cut off, or somebody who runs createrepo_c by hand.
 */
function overtaken(live: string): PortFailure {
  return failed(live, 'another publisher wrote the metadata at the same time; it is made again from what there is now');
}

/** Makes large metadata with a small change; null if all of it has to be made. */
async function tryIncrement(
  publication: Publication,
  { live, state, mayUpdate }: { readonly live: string; readonly state: string; readonly mayUpdate: boolean },
): Promise<Omit<Published, 'collectAt'> | Stale | null> {
  const { context, repository, run, pendingRemovals, documents, hold, options, workDir, now } = publication;
  if (hold !== null || !(await isSignedAsWanted(publication, placeOf(live).repomd))) return null;
  const chrootDir = context.paths.chroot(repository);
  const wantsAppstream = !run.devel && run.appstream && !(await appstreamIsDisabled(chrootDir));
  if (wantsAppstream && context.appstreamBuilder !== null) return null;
  const warnings: string[] = [];
  const made = await makeIncrement({
    common: {
      ...{
        chroot: repository.chroot,
        chrootDir,
        workDir,
        baseurl: baseurlOf(context.resultsBaseurl, repository, publication.run.devel),
        signal: options.signal,
      },
      onProgress: () => options.onProgress?.('indexing'),
    },
    ...{ run, pendingRemovals, documents, wantsAppstream, live, ...context.incremental },
    evenSmall: !mayUpdate,
    revisionAfter: (before) => revisionAfter(before, now),
    indexFile: path.join(path.dirname(workDir), `members=${repository.chroot}${run.devel ? '=devel' : ''}`),
    warnOfAbsent: (absent) => warnOfAbsent(publication, absent, warnings),
    warn: (facts, message) => context.log.warn(facts, message),
  });
  if (made === null || 'stale' in made) return made;
  const { packages, repodata, repomd, changed } = made;
  if (changed) await goLive(publication, { live, state, repodata, repomdFile: placeOf(repodata).repomd, repomd });
  const { warnings: ofTwins, ...said } = sayTwins(made.twins);
  return { packages, revision: repomd.revision, changed, hold, warnings: [...warnings, ...ofTwins], ...said };
}

function warnOfAbsent({ context, repository }: Publication, absent: readonly string[], warnings: string[]): void {
  if (absent.length === 0) return;
  context.log.warn({ chrootDir: context.paths.chroot(repository), absent }, 'build directories to add are gone');
  warnings.push(`build directories to add are gone: ${absent.slice(0, 5).join(', ')}`);
}

/** Base URL of the packages in devel metadata; null for public metadata. */
export function baseurlOf(resultsBaseurl: string, repository: RepositoryId, devel: boolean): string | null {
  const { owner, dirname, chroot } = repository;
  return devel ? `${resultsBaseurl.replace(/\/+$/, '')}/${owner}/${dirname}/${chroot}` : null;
}

type Made = { readonly records: readonly MetadataFile[]; readonly complaints: Complaints };

type Making = {
  readonly plan: RunPlan;
  readonly before: Metadata | null;
  readonly live: string;
  readonly warnings: string[];
};

async function makeRecords(publication: Publication, making: Making): Promise<Made> {
  const { context, repository, documents, options, workDir } = publication;
  const { plan, before, live } = making;
  const chrootDir = context.paths.chroot(repository);
  const wanted = new Set(plan.wanted);
  const { records, complaints } = await makePackageRecords({
    ...{ chroot: repository.chroot, chrootDir, live, before, workDir },
    wanted: plan.wanted,
    added: plan.wanted.filter((href) => !plan.before.has(href) || plan.replaced.has(href)),
    dropped: [...[...plan.before.keys()].filter((href) => !wanted.has(href)), ...plan.replaced],
    update: plan.update,
    comps: documents.comps,
    baseurl: baseurlOf(context.resultsBaseurl, repository, publication.run.devel),
    signal: options.signal,
    onProgress: () => options.onProgress?.('indexing'),
  });
  const appstream = await applicationData(publication, making);
  const extra = await makeExtraRecords({
    ...{ modules: documents.modules, before, live, workDir, appstream, signal: options.signal },
  });
  return { records: [...records, ...extra], complaints };
}

/** Application data is best effort: if making it fails, the existing data stays, and the answer says why. */
async function applicationData(publication: Publication, { plan, warnings }: Making): Promise<ApplicationData> {
  const { context, repository, run, options, workDir } = publication;
  const chrootDir = context.paths.chroot(repository);
  const asksForPackages = run.full || run.add.length + run.delete.length + run.removeRpms.length > 0;
  if (!asksForPackages) return { kind: 'kept' };
  if (run.devel || !run.appstream || (await appstreamIsDisabled(chrootDir))) return { kind: 'none' };
  options.onProgress?.('appstream');
  const origin = `${repository.owner}/${projectOfDirname(repository.dirname)}`;
  const program = context.appstreamBuilder;
  if (program === null) {
    warnings.push('no new appstream metadata: appstream-builder was not installed when this worker started');
    return { kind: 'kept' };
  }
  const making = { program, chrootDir, packages: plan.wanted, origin, workDir, signal: options.signal };
  const made = await buildAppstream(making);
  if ('files' in made) return { kind: 'made', files: made.files };
  warnings.push(`no new appstream metadata: ${made.failure}`);
  context.log.warn({ chrootDir, failure: made.failure }, 'appstream metadata could not be made');
  return { kind: 'kept' };
}

/**
 * Repairs the state after a run that died between signature and repomd.xml; false if a required signature is missing.
 */
async function isSignedAsWanted({ context, hold, ...rest }: Publication, repomdFile: string): Promise<boolean> {
  const live = repodataOf(context.paths, rest.repository, rest.run.devel);
  const kept = await keptSignature(generationsDirectory(live), repomdFile);
  if (context.sign === null) return true;
  if (kept === null) return false;
  if (hold === null) await placeSignature(live, repomdFile);
  return true;
}

async function signAndKeep(publication: Publication, live: string, repomdFile: string): Promise<void> {
  const { context, repository, options } = publication;
  if (context.sign === null) return;
  options.onProgress?.('signing');
  const signed = await context.sign(repository)(repomdFile, options.signal);
  await keepSignature(generationsDirectory(live), repomdFile, signed);
}

/** Seconds since the epoch, as in createrepo_c, but always increasing, because it names the generation. */
function revisionAfter(before: Repomd | null, now: number): number {
  const last = Number(before?.revision ?? Number.NaN);
  const current = Math.floor(now / 1000);
  return Number.isSafeInteger(last) ? Math.max(current, last + 1) : current;
}

/** The result of a run for a directory's metadata. */
export function answer(
  metadata: Metadata,
  rest: Pick<Published, 'changed' | 'hold' | 'warnings'>,
): Omit<Published, 'collectAt'> {
  return { packages: metadata.packages.size, revision: metadata.repomd.revision, ...rest };
}

export function failed(chrootDir: string, why: string): PortFailure {
  return new PortFailure('RepositoryFailed', `${chrootDir}: ${why}`);
}
