import type { CreaterepoIndexerDeps } from '../../src/adapters/repository-store/repository-indexer.js';
import type { CreaterepoProgram } from './createrepo-programs.js';
import { givenRepository, type GivenRepository } from './given-repository.js';
import { CREATEREPO_GENERATIONS, withCreaterepo } from './with-createrepo.js';

/** Given to the test of each repository. */
export type DescribedRepository = {
  /** Large ones are indexed member by member, small ones as a whole. */
  readonly size: 'small' | 'large';
  /** The createrepo_c of this round, available once a test runs. */
  readonly program: () => CreaterepoProgram;
  /** An empty repository for each test, available once it runs. */
  readonly given: () => GivenRepository;
};

/** Tests of repositories, with each generation of createrepo_c, for small and for large ones. */
export function describeRepositories(
  title: string,
  deps: Partial<Omit<CreaterepoIndexerDeps, 'destdir' | 'now' | 'log' | 'incremental'>> & {
    /** Bytes per member of a large one: the fewer, the more members. */
    readonly memberBytes: number;
  },
  define: (of: DescribedRepository) => void,
): void {
  const { memberBytes, ...rest } = deps;
  for (const [generation, chosen] of CREATEREPO_GENERATIONS) {
    describe(`${title}, with createrepo_c ${generation}`, () => {
      const program = withCreaterepo(chosen);
      for (const [size, leastBytes] of [
        ['small', Number.POSITIVE_INFINITY],
        ['large', 0],
      ] as const) {
        describe(`in a ${size} repository`, () => {
          let repository: GivenRepository | undefined;
          beforeEach(async () => {
            repository = await givenRepository({ ...rest, incremental: { leastBytes, memberBytes } });
          });
          afterEach(() => repository?.remove());
          const given = (): GivenRepository => {
            if (repository === undefined) throw new Error('the repository is made before each test');
            return repository;
          };
          define({ size, program, given });
        });
      }
    });
  }
}
