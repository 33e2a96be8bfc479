import type { BuildFacts, Builder } from '../../contracts/build/build.js';

/** Name of a machine in messages and in the memory of hosts: its address, with the port if the pool names one. */
export function hostName(builder: Pick<Builder, 'host' | 'port'>): string {
  return builder.port === null ? builder.host : `${builder.host}:${builder.port}`;
}

/**
 * Resalloc's name of a machine unless its pool is configured otherwise (docs/neighbours/resalloc.md#names-of-machines):
 * pool, number, date, time.
 */
const USUAL_NAME = /^(.+)_\d{8,}_\d{8}_\d{6}$/;

/**
 * The pool a machine belongs to. The protocol does not say, but the usual name does; for any other name the tags
 * identify the pool, without the tag that every builder has.
 */
export function poolName(builder: Pick<Builder, 'name'>, tags: BuildFacts['tags']): string {
  return USUAL_NAME.exec(builder.name)?.[1] ?? tagsName(tags);
}

/** Tickets with the same tags are served by the same machines. */
export function tagsName(tags: BuildFacts['tags']): string {
  return tags.filter((tag) => tag !== 'copr_builder').join('+') || 'copr_builder';
}
