import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import { cutToFit } from './bounded-text.js';

/** Typed keys of temporal/search-attributes.json; a test compares the two. */
export const COPR_OWNER = defineSearchAttributeKey('CoprOwner', SearchAttributeType.KEYWORD);
export const COPR_PROJECT = defineSearchAttributeKey('CoprProject', SearchAttributeType.KEYWORD);
export const COPR_CHROOT = defineSearchAttributeKey('CoprChroot', SearchAttributeType.KEYWORD);
export const COPR_BUILD_ID = defineSearchAttributeKey('CoprBuildId', SearchAttributeType.KEYWORD);
export const COPR_PACKAGE = defineSearchAttributeKey('CoprPackage', SearchAttributeType.KEYWORD);
export const COPR_STAGE = defineSearchAttributeKey('CoprStage', SearchAttributeType.KEYWORD);

/** The three coarse values of CoprStage; the fine stage is in the `status` query (design: two upserts a build). */
export type CoarseStage = 'waiting' | 'building' | 'publishing';

/** What a workflow can be found by. */
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

/**
 * The attributes as every start and upsert takes them. A value longer than a keyword may be is cut: where the store has
 * no room for it the whole workflow could not be listed, and `status` and take-over would not see it.
 */
export function searchAttributes(values: CoprAttributes): SearchAttributePair[] {
  const names = Object.keys(KEYS) as (keyof CoprAttributes)[];
  return names.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [{ key: KEYS[name], value: cutToFit(value) }];
  });
}
