import type { BuildFacts, Builder } from '../../contracts/build/build.js';

/** How a machine is called in messages and in the memory of hosts: its address, with the port where the pool names one. */
export function hostName(builder: Pick<Builder, 'host' | 'port'>): string {
  return builder.port === null ? builder.host : `${builder.host}:${builder.port}`;
}

/**
 * What Resalloc calls a machine unless its pool is told otherwise (docs/neighbours/resalloc.md#names-of-machines):
 * pool, number, date, time.
 */
const USUAL_NAME = /^(.+)_\d{8,}_\d{8}_\d{6}$/;

/**
 * The pool a machine belongs to. The protocol does not tell, but the usual name does; for any other name the tags stand
 * for the pool, without the one that every builder has.
 */
export function poolName(builder: Pick<Builder, 'name'>, tags: BuildFacts['tags']): string {
  return USUAL_NAME.exec(builder.name)?.[1] ?? tagsName(tags);
}

/** Tickets with the same tags are served by the same machines. */
export function tagsName(tags: BuildFacts['tags']): string {
  return tags.filter((tag) => tag !== 'copr_builder').join('+') || 'copr_builder';
}
