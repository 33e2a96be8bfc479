import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import { cutToFit } from './bounded-text.js';

/** Typed keys of temporal/search-attributes.json; a test compares the two. */
export const COPR_OWNER = defineSearchAttributeKey('CoprOwner', SearchAttributeType.KEYWORD);
export const COPR_PROJECT = defineSearchAttributeKey('CoprProject', SearchAttributeType.KEYWORD);
export const COPR_CHROOT = defineSearchAttributeKey('CoprChroot', SearchAttributeType.KEYWORD);
export const COPR_BUILD_ID = defineSearchAttributeKey('CoprBuildId', SearchAttributeType.KEYWORD);
export const COPR_PACKAGE = defineSearchAttributeKey('CoprPackage', SearchAttributeType.KEYWORD);
export const COPR_STAGE = defineSearchAttributeKey('CoprStage', SearchAttributeType.KEYWORD);

/**
 * The three coarse values of CoprStage, so that a build needs only two upserts; the `status` query has the exact stage.
 */
export type CoarseStage = 'waiting' | 'building' | 'publishing';

/** Facts by which a workflow can be found. */
export type CoprAttributes = {
  readonly owner?: string;
  readonly project?: string;
  readonly chroot?: string;
  readonly buildId?: string;
  readonly packageName?: string;
  readonly stage?: CoarseStage;
};

const KEYS = {
  owner: COPR_OWNER,
  project: COPR_PROJECT,
  chroot: COPR_CHROOT,
  buildId: COPR_BUILD_ID,
  packageName: COPR_PACKAGE,
  stage: COPR_STAGE,
} as const satisfies Record<keyof CoprAttributes, unknown>;

/** Names of all of them; the namespace must have each, as a keyword. */
export function searchAttributeNames(): readonly string[] {
  return Object.values(KEYS).map(({ name }) => name);
}

/**
 * The attributes for every start and upsert. A value longer than a keyword is cut: if the store had no room for it, the
 * whole workflow could not be listed, and `status` and take-over would not see it.
 */
export function searchAttributes(values: CoprAttributes): SearchAttributePair[] {
  const names = Object.keys(KEYS) as (keyof CoprAttributes)[];
  return names.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [{ key: KEYS[name], value: cutToFit(value) }];
  });
}
