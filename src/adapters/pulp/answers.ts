import { z } from 'zod';

/** Path of an object at Pulp, with the API's root and the domain. */
const Href = z.string().regex(/^\/[\w/:.%~-]+\/$/);

export const Accepted = z.object({ task: Href });

export const Task = z.object({
  state: z.string(),
  error: z.looseObject({ description: z.string().optional() }).nullish(),
  /** Hrefs; null or `<unavailable>` for one that is not there yet, or no longer. */
  created_resources: z.array(z.string().nullable()).nullish(),
});

export const Repository = z.object({
  pulp_href: Href,
  name: z.string(),
  latest_version_href: Href,
});
export type Repository = z.infer<typeof Repository>;

export const Version = z.object({
  pulp_href: Href,
  pulp_created: z.iso.datetime({ offset: true }),
  number: z.number(),
});
export type Version = z.infer<typeof Version>;

const Counts = z.record(z.string(), z.object({ count: z.number() }));
/** How many units of each kind a version has, and how many it gained and lost against the one before. */
export const VersionSummary = Version.extend({
  content_summary: z.object({ present: Counts, added: Counts, removed: Counts }),
});

export const Publication = z.object({ pulp_href: Href, repository_version: Href });
export type Publication = z.infer<typeof Publication>;

export const Distribution = z.object({
  pulp_href: Href,
  name: z.string(),
  base_path: z.string(),
  base_url: z.string(),
  repository: Href.nullable(),
  publication: Href.nullable(),
  pulp_labels: z.record(z.string(), z.string().nullable()),
});
export type Distribution = z.infer<typeof Distribution>;

/** A package as Pulp keeps it: one for all repositories and all builds that have these bytes. */
export const Unit = z.object({
  pulp_href: Href,
  name: z.string(),
  epoch: z.coerce.number(),
  version: z.string(),
  release: z.string(),
  arch: z.string(),
  sha256: z.string(),
  location_href: z.string(),
  time_build: z.coerce.number(),
  size_package: z.coerce.number(),
  pulp_labels: z.record(z.string(), z.string().nullable()),
});
export type Unit = z.infer<typeof Unit>;
/** The fields to ask for: a whole record is ten times as long. */
export const UNIT_FIELDS = Object.keys(Unit.shape).join(',');

/** An object with a name of its own. */
export const Named = z.object({ name: z.string() });

export const Artifact = z.object({ pulp_href: Href });
export const Upload = z.object({ pulp_href: Href });

/** One page of a list. */
export const Page = z.object({ next: z.string().nullable(), results: z.array(z.unknown()) });
