import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Typed keys of temporal/search-attributes.json; a test compares the two. */
export const COPR_OWNER = defineSearchAttributeKey('CoprOwner', SearchAttributeType.KEYWORD);
export const COPR_PROJECT = defineSearchAttributeKey('CoprProject', SearchAttributeType.KEYWORD);
export const COPR_CHROOT = defineSearchAttributeKey('CoprChroot', SearchAttributeType.KEYWORD);
export const COPR_BUILD_ID = defineSearchAttributeKey('CoprBuildId', SearchAttributeType.KEYWORD);
export const COPR_PACKAGE = defineSearchAttributeKey('CoprPackage', SearchAttributeType.KEYWORD);
export const COPR_STAGE = defineSearchAttributeKey('CoprStage', SearchAttributeType.KEYWORD);

/** The three coarse values of CoprStage; the fine stage is in the `status` query (design: two upserts a build). */
export type CoarseStage = 'waiting' | 'building' | 'publishing';
