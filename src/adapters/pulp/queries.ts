import { z } from 'zod';
import type { PulpExchange } from './exchange.js';
import { refusal } from './exchange.js';
import { labelQueries, type Labels } from './labels.js';
import { Distribution, Page } from './answers.js';
import { readAll, readAnswer } from './read-answer.js';

/** A record in Pulp's own words: its fields are for the reader, and nothing here depends on them. */
export type PulpRecord = Readonly<Record<string, unknown>>;

/** A project's objects; distributions serve what is in the repositories. */
export type ProjectRecords = {
  readonly repositories: readonly PulpRecord[];
  readonly distributions: readonly PulpRecord[];
};

/** Questions of people about what Pulp holds. Rejects with `PulpUnavailable` or `PulpRefused`. */
export type PulpQueries = {
  /** Packages with all these labels. */
  readonly packages: (labels: Labels) => Promise<readonly PulpRecord[]>;
  /** Repositories and distributions whose names begin so, and are wanted. */
  readonly project: (prefix: string, isWanted: (name: string) => boolean) => Promise<ProjectRecords>;
  /** The whole record of an object; null: Pulp has none. */
  readonly object: (href: string) => Promise<PulpRecord | null>;
  /** Base path of the distribution that was made last; null: there is none, or it serves nothing. */
  readonly newest: () => Promise<string | null>;
};

/** The fields of a package that say what it is, where it is and whose: all of them are pages of files and provides. */
const PACKAGE_FIELDS = [
  ...['pulp_href', 'prn', 'pulp_created', 'name', 'epoch', 'version', 'release', 'arch'],
  ...['location_href', 'sha256', 'size_package', 'pulp_labels'],
].join(',');
const PACKAGES_PER_PAGE = '1000';
const Record = z.record(z.string(), z.unknown());
const Named = z.looseObject({ name: z.string() });

export function createPulpQueries(exchange: PulpExchange): PulpQueries {
  const named = async (to: string, prefix: string): Promise<readonly z.infer<typeof Named>[]> =>
    readAll(exchange, { method: 'GET', to, query: { name__startswith: prefix, ordering: 'name' } }, Named);
  return {
    packages: async (labels) => {
      const found = new Map<unknown, PulpRecord>();
      for (const q of labelQueries([labels])) {
        const query = { q, fields: PACKAGE_FIELDS, limit: PACKAGES_PER_PAGE };
        const rows = await readAll(exchange, { method: 'GET', to: 'content/rpm/packages/', query }, Record);
        for (const row of rows) found.set(row['pulp_href'], row);
      }
      return [...found.values()];
    },
    project: async (prefix, isWanted) => ({
      repositories: (await named('repositories/rpm/rpm/', prefix)).filter(({ name }) => isWanted(name)),
      distributions: (await named('distributions/rpm/rpm/', prefix)).filter(({ name }) => isWanted(name)),
    }),
    object: async (href) => {
      const answer = await exchange.ask({ method: 'GET', to: href });
      if (answer.status === 404) return null;
      if (answer.status >= 300) throw refusal(`GET ${href}`, answer);
      return Record.parse(answer.value);
    },
    newest: async () => {
      const to = 'distributions/rpm/rpm/';
      const query = { ordering: '-pulp_created', limit: '1' };
      const { value } = await exchange.get({ method: 'GET', to, query });
      const [newest] = readAnswer(Page, value, `GET ${to}`).results;
      if (newest === undefined) return null;
      const { publication, base_path: path } = readAnswer(Distribution, newest, `GET ${to}`);
      return publication === null ? null : path;
    },
  };
}
