import { link, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../../ports/port-failure.js';
import { exists } from '../../files/entries.js';
import { makeDirectories } from '../../files/make-directories.js';
import { placeOf, readRepomd, type Metadata } from './metadata.js';
import { isPackageRecord } from '../incremental/new-records.js';
import { formatRepomd, type MetadataFile } from './repomd.js';
import { runTool } from '../programs/run-tool.js';

const TIMEOUT_MS = 10 * 60 * 1000;

/** Application data of a publication: newly made files, the existing files, or none from now on. */
export type ApplicationData =
  { readonly kind: 'made'; readonly files: readonly string[] } | { readonly kind: 'kept' } | { readonly kind: 'none' };

/** Sources of the files in repomd.xml that are not about packages. */
export type ExtraSources = {
  readonly modules: Buffer | null;
  /** Its other records are carried over: files that others put into the repository (updateinfo …) survive every run. */
  readonly before: Metadata | null;
  readonly live: string;
  readonly workDir: string;
  readonly appstream: ApplicationData;
  readonly signal?: AbortSignal | undefined;
};

/** Puts the extra files beside those of packages, in `workDir/repodata`; returns their records. */
export async function makeExtraRecords(sources: ExtraSources): Promise<readonly MetadataFile[]> {
  const { before, appstream, workDir } = sources;
  const known = (before?.repomd.files ?? []).filter(({ type }) => !isPackageRecord(type) && !type.endsWith('_zck'));
  const modules = path.join(workDir, 'modules.yaml');
  if (sources.modules !== null) await writeFile(modules, sources.modules);
  const made = await addFiles(sources, [
    ...(sources.modules === null ? [] : [{ file: modules, type: 'modules', compress: true }]),
    ...(appstream.kind === 'made' ? appstream.files : []).map((file) => ({
      file,
      type: path.basename(file).replace(/\.(xml|tar)\.gz$/, ''),
      compress: false,
    })),
  ]);
  const isOurs = (type: string): boolean =>
    type === 'modules' || (appstream.kind !== 'kept' && type.startsWith('appstream'));
  const carried = known.filter(({ type }) => !isOurs(type));
  for (const { name } of carried) {
    const target = path.join(workDir, 'repodata', name);
    if (!(await exists(target))) await link(path.join(sources.live, name), target);
  }
  return [...made, ...carried];
}

type Wanted = { readonly file: string; readonly type: string; readonly compress: boolean };

/** Runs modifyrepo_c in a separate repository and moves the new files out of it. */
async function addFiles(sources: ExtraSources, wanted: readonly Wanted[]): Promise<readonly MetadataFile[]> {
  if (wanted.length === 0) return [];
  const own = path.join(sources.workDir, 'extra', 'repodata');
  await makeDirectories(own, { mode: 0o755, below: sources.workDir });
  await writeFile(placeOf(own).repomd, formatRepomd({ revision: '0', files: [] }));
  for (const { file, type, compress } of wanted) {
    const how = compress ? ['--compress', '--compress-type=gz'] : ['--no-compress'];
    const result = await runTool('modifyrepo_c', [`--mdtype=${type}`, ...how, file, own], {
      timeoutMs: TIMEOUT_MS,
      signal: sources.signal,
    });
    sources.signal?.throwIfAborted();
    if (result.code !== 0) throw failed(`${file}: ${result.summary}`);
  }
  const made = await readRepomd(placeOf(own).repomd);
  if (made?.files.length !== wanted.length) throw failed('modifyrepo_c left no valid repomd.xml');
  for (const { name } of made.files) await rename(path.join(own, name), path.join(sources.workDir, 'repodata', name));
  return made.files;
}

function failed(why: string): PortFailure {
  return new PortFailure('RepositoryFailed', why);
}
