import { z } from 'zod';
import { isRpmWord } from '../names/rpm-file.js';

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

/** `invalid`: `why` completes "results.json is …"; `cause` is the parser's error. */
export type ParsedResults<T> =
  | { readonly is: 'valid'; readonly results: T }
  | { readonly is: 'invalid'; readonly why: string; readonly cause?: unknown };

/** results.json of an RPM build (docs/neighbours/builder.md#results). */
export function parseRpmPackages(text: string): ParsedResults<z.infer<typeof RpmPackages>> {
  return parse(RpmPackages, text);
}

/** results.json of a source build. */
export function parseSourcePackage(text: string): ParsedResults<z.infer<typeof SourcePackage>> {
  return parse(SourcePackage, text);
}

function parse<T>(schema: z.ZodType<T>, text: string): ParsedResults<T> {
  if (depthOf(text) > MAX_DEPTH) return { is: 'invalid', why: `nested deeper than ${MAX_DEPTH} levels` };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    return { is: 'invalid', why: 'not JSON', cause };
  }
  const { success, data, error } = schema.safeParse(document);
  if (success) return { is: 'valid', results: data };
  const [issue] = error.issues;
  const where = JSON.stringify(issue?.path.join('.') ?? '');
  return { is: 'invalid', why: `wrong at ${where}: ${issue?.message ?? 'does not fit'}` };
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
