import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { parseRpmPackages, parseSourcePackage, type ParsedResults } from '../../domain/build/results-json.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { RpmResults, SourceResults } from '../../ports/build/build-results.js';
import { closing } from '../files/atomic-file.js';
import { errnoOf } from '../files/storage-failure.js';

const MAX_BYTES = 16 * 1024 * 1024;

/** results.json of an RPM build (docs/neighbours/builder.md#results). */
export async function readRpmPackages(directory: string): Promise<RpmResults> {
  return validOf(parseRpmPackages(await readLimited(path.join(directory, 'results.json'))));
}

/** results.json of a source build. */
export async function readSourcePackage(directory: string): Promise<SourceResults> {
  return validOf(parseSourcePackage(await readLimited(path.join(directory, 'results.json'))));
}

function validOf<T>(parsed: ParsedResults<T>): T {
  if (parsed.is === 'valid') return parsed.results;
  throw invalid(parsed.why, parsed.cause);
}

/** Reads a file that is not a link or a pipe, and not larger than the limit when it is read. */
async function readLimited(file: string): Promise<string> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return await closing(handle, async () => {
      const stats = await handle.stat();
      if (!stats.isFile()) throw invalid('not a file');
      if (stats.size > MAX_BYTES) throw invalid(`larger than ${MAX_BYTES / 1024 / 1024} MiB`);
      return await handle.readFile('utf8');
    });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') throw invalid('missing: copr-rpmbuild ended before it wrote it', error);
    if (errno === 'ELOOP' || errno === 'EISDIR') throw invalid('not a file', error);
    throw error;
  }
}

function invalid(why: string, cause?: unknown): PortFailure {
  return new PortFailure('ResultsInvalid', `results.json is ${why}`, { cause });
}
