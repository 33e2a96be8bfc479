import { openAsBlob } from 'node:fs';
import path from 'node:path';
import pMap from 'p-map';
import type { PlainApi } from './plain-api.js';

/** A package of a build. */
export type BuiltPackage = { readonly file: string; readonly sha256: string };

/** Adds builds to one repository by the obvious sequence, one build after the other. */
export type NaivePublisher = {
  readonly add: (packages: readonly BuiltPackage[]) => Promise<void>;
  /** How many packages the newest version has. */
  readonly packages: () => Promise<number>;
};

const PARALLEL_UPLOADS = 4;

/**
 * For each build: the look-up of each package by its sha256, its upload, one modification, one publication, one change of
 * the distribution. The repository must exist; its distribution is made.
 */
export async function naivePublisher(api: PlainApi, name: string): Promise<NaivePublisher> {
  const { call, done, first } = api;

  async function ensured({ file, sha256 }: BuiltPackage): Promise<unknown> {
    const there = await first(`content/rpm/packages/?sha256=${sha256}&fields=pulp_href`);
    if (there !== undefined) return there['pulp_href'];
    const form = new FormData();
    form.set('file', await openAsBlob(file), path.basename(file));
    return (await call('POST', 'content/rpm/packages/upload/', form))['pulp_href'];
  }

  const find = (): ReturnType<PlainApi['first']> => first(`repositories/rpm/rpm/?name=${encodeURIComponent(name)}`);
  const repository = String((await find())?.['pulp_href']);
  const publish = async (): Promise<unknown> => (await done('POST', 'publications/rpm/rpm/', { repository }))[0];
  await done('POST', 'distributions/rpm/rpm/', { name, base_path: name, publication: await publish() });
  const distribution = await first(`distributions/rpm/rpm/?name=${encodeURIComponent(name)}`);
  return {
    add: async (packages) => {
      const units = await pMap(packages, ensured, { concurrency: PARALLEL_UPLOADS });
      await done('POST', `${repository}modify/`, { add_content_units: units });
      await done('PATCH', String(distribution?.['pulp_href']), { publication: await publish() });
    },
    packages: async () => {
      const version = String((await find())?.['latest_version_href']);
      return Number((await call('GET', `content/rpm/packages/?repository_version=${version}&limit=1`))['count']);
    },
  };
}
