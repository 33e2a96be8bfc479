import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isRpmWord } from '../../domain/names/rpm-file.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { RpmResults, SourceResults } from '../../ports/build/build-results.js';
import { closing } from '../files/atomic-file.js';
import { errnoOf } from '../files/storage-failure.js';

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 32;

const RpmWord = z.string().refine(isRpmWord, 'is not a word of a package name');
/** Largest integer that the frontend stores; a larger one would make every report fail with 500, forever. */
const LARGEST_EPOCH = 2 ** 31 - 1;
const Epoch = z
  .union([
    z.int().nonnegative().max(LARGEST_EPOCH),
    z
      .string()
      .regex(/^\d{1,10}$/)
      .transform(Number)
      .refine((epoch) => epoch <= LARGEST_EPOCH, `is larger than ${LARGEST_EPOCH}`),
    z.null(),
  ])
  .optional()
  .transform((epoch) => epoch ?? null);

const RpmPackages = z.object({
  packages: z
    .array(z.object({ name: RpmWord, epoch: Epoch, version: RpmWord, release: RpmWord, arch: RpmWord }))
    .max(100_000),
});

const ArchList = z.array(z.string().max(255)).max(1000).nullish();
/** The frontend parses these; another shape would be a 500 too. */
const ArchTags = z.object({ exclusivearch: ArchList, excludearch: ArchList, buildarch: ArchList });

const SourcePackage = z
  .object({
    name: RpmWord,
    epoch: Epoch,
    version: RpmWord,
    release: RpmWord,
    architecture_specific_tags: z.record(z.string().max(255), ArchTags).nullish(),
  })
  .transform(({ architecture_specific_tags, ...rest }) => ({
    ...rest,
    architectureSpecificTags: architecture_specific_tags ?? {},
  }));

/** results.json of an RPM build (docs/neighbours/builder.md#results). */
export async function readRpmPackages(directory: string): Promise<RpmResults> {
  return parse(RpmPackages, await readDocument(directory));
}

/** results.json of a source build. */
export async function readSourcePackage(directory: string): Promise<SourceResults> {
  return parse(SourcePackage, await readDocument(directory));
}

function parse<T>(schema: z.ZodType<T>, document: unknown): T {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid(`wrong at ${JSON.stringify(issue?.path.join('.') ?? '')}: ${issue?.message ?? 'does not fit'}`);
}

async function readDocument(directory: string): Promise<unknown> {
  const text = await readLimited(path.join(directory, 'results.json'));
  if (depthOf(text) > MAX_DEPTH) throw invalid(`nested deeper than ${MAX_DEPTH} levels`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid('not JSON', error);
  }
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

/** Deepest nesting outside strings, found before the parser builds anything. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString && char === '\\') at++;
    else if (char === '"') inString = !inString;
    else if (!inString && (char === '[' || char === '{')) deepest = Math.max(deepest, ++depth);
    else if (!inString && (char === ']' || char === '}')) depth--;
  }
  return deepest;
}

function invalid(why: string, cause?: unknown): PortFailure {
  return new PortFailure('ResultsInvalid', `results.json is ${why}`, { cause });
}
