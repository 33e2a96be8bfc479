import { PACKAGE, partName } from '../../bench/stand-ins/prepared-packages.js';

/** How a build ends if nobody stops it. */
export type Script = 'succeeds' | 'fails' | 'hasBadSources';

/** Every so-many-th RPM build finds no results to deliver; every so-many-th build from sources has a broken spec. */
const FAILS_EACH = 10;
const SOURCES_EACH = 4;
const BAD_SOURCES_EACH = 5;

/** True for an RPM build whose package fails; follows from its number alone, so that builders need not be asked. */
export function failsToBuild(buildId: number): boolean {
  return buildId % FAILS_EACH === 3;
}

/** The kind of the `n`-th build submitted during the storm. */
export function submission(n: number): 'rebuild' | 'sources' | 'bad sources' {
  if (n % SOURCES_EACH !== 0) return 'rebuild';
  return n % (SOURCES_EACH * BAD_SOURCES_EACH) === SOURCES_EACH ? 'bad sources' : 'sources';
}

/** The place of the `n`-th build: every third one in a hot repository, the others in turn. */
export function repositoryOf(n: number, size: { readonly repositories: number; readonly hot: number }): number {
  return n % 3 === 0 ? (n / 3) % size.hot : n % size.repositories;
}

/** The file that the repository names for a successful build, below the build's directory. */
export function packageFile(buildId: number, prepared: number): string {
  return `${partName(buildId % prepared)}-1.0-1.noarch.rpm`;
}

export { PACKAGE };
