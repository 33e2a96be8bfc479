import type { PackageStore } from '../../ports/package-store.js';
import { PortFailure } from '../../ports/port-failure.js';
import { createPulpIndexer, type PulpIndexerDeps } from './pulp-indexer.js';
import { refusing } from './refusing.js';

/** Projects at Pulp (docs/decisions/0071): their builds and repositories. Nothing else is done there yet. */
export function createPulpStore(deps: PulpIndexerDeps): PackageStore {
  return {
    ...refusingStore(notServed),
    insist: () => Promise.resolve(),
    indexer: createPulpIndexer(deps),
  };
}

/** The store of a worker that does not know where Pulp is; `remedy` says what is to be configured. */
export function unconfiguredPulpStore(remedy: string): PackageStore {
  return refusingStore(() => new PortFailure('PulpUnconfigured', `the project is in Pulp: ${remedy}`));
}

function refusingStore(failure: () => PortFailure): PackageStore {
  const { insist, forget } = refusing<Pick<PackageStore, 'insist' | 'forget'>>(failure);
  return {
    ...{ insist, forget },
    indexer: refusing(failure),
    packageCopies: refusing(failure),
    copies: refusing(failure),
    projects: refusing(failure),
    prunable: refusing(failure),
  };
}

function notServed(): PortFailure {
  const message = 'this version builds, publishes and deletes builds of projects in Pulp; nothing was done';
  return new PortFailure('ActionUnsupported', message);
}
