import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { givenActionWorld, type ActionWorld } from '../support/action-world.js';
import { recordedActions, type RecordedAction } from '../support/recorded-actions.js';
import { submitFiles } from '../playground/support.js';

const COMPS = '<?xml version="1.0"?><comps><group><id>g</id><name>G</name></group></comps>';
const NEIGHBOUR = '00009999-other';

type Data = {
  readonly ownername: string;
  readonly projectname: string;
  /** Of deletes of several builds it is an object: see `Builds`. */
  readonly project_dirnames: readonly string[];
  readonly project_dirname: string;
  readonly chroot_builddirs: Readonly<Record<string, readonly string[]>>;
  readonly build_ids: readonly number[];
  readonly chroots: readonly string[];
  readonly chroot: string;
  readonly chrootname: string;
  readonly comps_present: boolean;
  readonly devel: boolean;
  readonly storage?: number;
  readonly builds_map: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly copr_dir: string;
  readonly rawhide_chroot: string;
  readonly dest_chroot: string;
  readonly builds: readonly string[];
};

/** The state that must be there after an action; paths lie below the results root. */
type After = {
  /** These and all below them. */
  readonly gone?: readonly string[];
  /** These, apart from metadata. */
  readonly added?: readonly string[];
  /** Build directories that the metadata names, by chroot directory (`…/devel` too); null: it has no metadata. */
  readonly named?: Readonly<Record<string, readonly string[] | null>>;
  readonly also?: (world: ActionWorld) => Promise<void>;
};

type Row = {
  /** Makes the results tree from before. */
  readonly given: (world: ActionWorld, data: Data, record: RecordedAction) => Promise<void>;
  /** The expected state afterwards. */
  readonly after: (data: Data, record: RecordedAction) => After;
};

/** By type and object. */
const ROWS: Readonly<Record<string, Row>> = {
  '3/repository': {
    given: async (world, { ownername, project_dirnames: dirnames, chroots }) => {
      await world.build('hello', ownername, dirnames[0] ?? '', chroots[0] ?? '', '00000001-hello');
    },
    after: ({ ownername, project_dirnames: dirnames, chroots, devel }) => {
      const places = dirnames.flatMap((dirname) => chroots.map((chroot) => `${ownername}/${dirname}/${chroot}`));
      const [first = ''] = places;
      const named = places.map((place): [string, readonly string[] | null] => [
        devel ? `${place}/devel` : place,
        place === first ? ['00000001-hello'] : [],
      ]);
      const made = [...dirnames.map((dirname) => `${ownername}/${dirname}/`), ...places.map((place) => `${place}/`)];
      const develDirectories = devel ? places.map((place) => `${place}/devel/`) : [];
      return {
        added: [...made, ...develDirectories],
        named: { ...Object.fromEntries(named), ...(devel ? { [first]: null } : {}) },
      };
    },
  },
  '5/copr': {
    given: () => Promise.resolve(),
    // The key's public part is published at once, sooner than the known service does it.
    after: ({ ownername, projectname }) => ({
      added: [`${ownername}/`, `${ownername}/${projectname}/`, `${ownername}/${projectname}/pubkey.gpg`],
      also: async (world) => {
        const isOurs = (address: string): boolean => address.startsWith(`${ownername}#${projectname}@`);
        assert.equal((await world.keys()).filter(isOurs).length, 1, 'one key, however often it is asked for');
      },
    }),
  },
  '4/copr_chroot': {
    given: async (world, { ownername, projectname, chroot, comps_present: isPresent }) => {
      const place = [ownername, projectname, chroot] as const;
      await world.build('hello', ...place, '00000001-hello');
      if (!isPresent) await appendFile(path.join(world.destdir, ...place, 'comps.xml'), COMPS);
      await world.publish(...place);
    },
    after: ({ ownername, projectname, chroot, comps_present: isPresent }) => {
      const place = `${ownername}/${projectname}/${chroot}`;
      return {
        ...(isPresent ? { added: [`${place}/comps.xml`] } : { gone: [`${place}/comps.xml`] }),
        named: { [place]: ['00000001-hello'] },
        also: async (world) => {
          assert.equal((await world.documents(place)).includes('group'), isPresent, 'the metadata says so');
        },
      };
    },
  },
  '0/build': {
    given: (world, data, record) =>
      givenBuilds(world, data.ownername, { [data.project_dirname]: data.chroot_builddirs }, [record.object_id ?? 0]),
    after: (data, record) =>
      withoutBuilds(data.ownername, { [data.project_dirname]: data.chroot_builddirs }, [record.object_id ?? 0]),
  },
  '0/builds': {
    given: (world, data) => givenBuilds(world, data.ownername, severalBuilds(data), data.build_ids),
    after: (data) => withoutBuilds(data.ownername, severalBuilds(data), data.build_ids),
  },
  '0/chroot': {
    given: (world, { ownername, projectname, chrootname }) =>
      givenBuilds(world, ownername, { [projectname]: { [chrootname]: ['00000001-hello'] } }, []),
    after: ({ ownername, projectname, chrootname }) => ({ gone: [`${ownername}/${projectname}/${chrootname}/`] }),
  },
  '0/copr': {
    given: async (world, { ownername, project_dirnames: dirnames }) => {
      for (const dirname of dirnames)
        await givenBuilds(world, ownername, { [dirname]: { 'fedora-44-x86_64': ['00000001-hello'] } }, []);
    },
    after: ({ ownername, project_dirnames: dirnames }) => ({
      gone: dirnames.map((dirname) => `${ownername}/${dirname}/`),
    }),
  },
  '7/copr': {
    given: (world, { builds_map: map }, { old_value: source }) => {
      const [owner = '', project = ''] = (source ?? '').split('/');
      const builds = Object.entries(map).map(([chroot, pairs]) => [chroot, Object.keys(pairs)] as const);
      return givenBuilds(world, owner, { [project]: Object.fromEntries(builds) }, []);
    },
    after: ({ builds_map: map }, { new_value: destination }) => {
      const place = destination ?? '';
      const chroots = Object.keys(map).map((chroot) => `${place}/${chroot}`);
      const copies = Object.entries(map).flatMap(([chroot, pairs]) =>
        Object.values(pairs).flatMap((directory) => filesOf(`${place}/${chroot}/${directory}`)),
      );
      const published = Object.entries(map).filter(([chroot]) => chroot !== 'srpm-builds');
      return {
        added: [
          ...[`${place.split('/')[0] ?? ''}/`, `${place}/`, `${place}/pubkey.gpg`],
          ...[...chroots.map((chroot) => `${chroot}/`), ...copies],
        ],
        named: Object.fromEntries(
          published.map(([chroot, pairs]) => [`${place}/${chroot}`, Object.values(pairs).sort()]),
        ),
      };
    },
  },
  '6/None': {
    given: (world, { ownername, copr_dir: dirname, rawhide_chroot: rawhide, builds }) =>
      givenBuilds(world, ownername, { [dirname]: { [rawhide]: builds } }, []),
    after: ({ ownername, copr_dir: dirname, dest_chroot: fresh, builds, rawhide_chroot: rawhide }) => {
      const place = `${ownername}/${dirname}/${fresh}`;
      return {
        added: [`${place}/`, ...builds.flatMap((build) => filesOf(`${place}/${build}`))],
        named: { [place]: [...builds].sort() },
        also: async (world) => {
          for (const build of builds) {
            const info = await readFile(path.join(world.destdir, place, build, 'build.info'), 'utf8');
            assert.ok(info.endsWith(`\nfrom_chroot=${rawhide}`) && info.split('from_chroot').length === 2, info);
          }
        },
      };
    },
  },
  '11/copr': {
    given: async (world, _, { data }) => {
      for (const entry of JSON.parse(data) as readonly string[]) {
        const [owner = '', dirname = ''] = entry.split('/');
        await givenBuilds(world, owner, { [dirname]: { 'fedora-44-x86_64': ['00000001-hello'] } }, []);
      }
    },
    after: (_, { data }) => ({ gone: (JSON.parse(data) as readonly string[]).map((entry) => `${entry}/`) }),
  },
};

type Builds = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

function severalBuilds({ project_dirnames: builds }: Data): Builds {
  return builds as unknown as Builds;
}

/** The files of a build directory of the world. */
function filesOf(directory: string): readonly string[] {
  const files = ['build.info', 'hello-1.0-1.noarch.rpm', 'hello-1.0-1.src.rpm', 'success'];
  return [`${directory}/`, ...files.map((name) => `${directory}/${name}`)];
}

/** Builds with their metadata, each beside one that is nobody's business, and old logs beside them. */
async function givenBuilds(world: ActionWorld, owner: string, builds: Builds, ids: readonly number[]): Promise<void> {
  for (const [dirname, chroots] of Object.entries(builds)) {
    for (const [chroot, directories] of Object.entries(chroots)) {
      for (const directory of directories) await world.build('hello', owner, dirname, chroot, directory);
      await world.build('other', owner, dirname, chroot, NEIGHBOUR);
      for (const id of ids) await appendFile(path.join(world.destdir, owner, dirname, chroot, `build-${id}.log`), 'x');
      if (chroot !== 'srpm-builds') await world.publish(owner, dirname, chroot);
    }
  }
}

function withoutBuilds(owner: string, builds: Builds, ids: readonly number[]): After {
  const places = Object.entries(builds).flatMap(([dirname, chroots]) =>
    Object.entries(chroots).map(([chroot, names]) => ({ place: `${owner}/${dirname}/${chroot}`, chroot, names })),
  );
  return {
    gone: places.flatMap(({ place, names }) => [
      ...names.map((name) => `${place}/${name}/`),
      ...ids.map((id) => `${place}/build-${id}.log`),
    ]),
    named: Object.fromEntries(
      places.filter(({ chroot }) => chroot !== 'srpm-builds').map(({ place }) => [place, [NEIGHBOUR]]),
    ),
  };
}

/** Paths and contents without metadata, which is looked at by what it names. */
async function treeOf(world: ActionWorld): Promise<Readonly<Record<string, string>>> {
  const files = Object.entries(await world.files());
  return Object.fromEntries(files.filter(([name]) => !name.includes('/repodata/')));
}

describe('every recorded action, carried out twice', function () {
  this.timeout(120_000);
  let world: ActionWorld;

  before(async () => {
    world = await givenActionWorld();
    // The file that the recorded comps action downloads.
    const spec = path.join(world.destdir, 'hello.spec');
    await appendFile(spec, 'Name: hello\n');
    await submitFiles(world.frontendUrl, [spec], { chroots: ['fedora-44-x86_64'] });
    const url = `${world.frontendUrl}/api/projects/jdoe/hello/chroots/fedora-44-x86_64/comps`;
    assert.ok((await fetch(url, { method: 'PUT', body: COMPS })).ok);
  });
  after(() => world.close());

  const inTree = recordedActions().filter(({ data }) => (JSON.parse(data) as Partial<Data>).storage !== 1);
  for (const record of inTree) {
    const type = `${record.action_type}/${record.object_type ?? ''}`;
    const row = ROWS[type];

    it(`${record.id}: ${type}`, async () => {
      assert.ok(row !== undefined, `nothing says what ${type} does`);
      const data = JSON.parse(record.data) as Data;
      await world.clear();
      // Somebody else's: of another project, of another owner.
      await world.build('other', 'jdoe', 'beside', 'fedora-44-x86_64', NEIGHBOUR);
      await world.build('other', 'eve', 'hello', 'fedora-44-x86_64', NEIGHBOUR);
      await row.given(world, data, record);
      const before = await treeOf(world);
      const { gone = [], added = [], named = {}, also } = row.after(data, record);
      const { action_type, object_type, object_id, old_value, new_value } = record;
      const id = await world.ask({ action_type, object_type, object_id, old_value, new_value, data: record.data });
      for (const time of ['once', 'twice']) {
        const { outcome, reported } = await world.run(id);
        const end = [outcome.result, reported.result];
        assert.deepEqual(end, ['succeeded', 1], `${time}: ${reported.message ?? ''}`);
        const after = await treeOf(world);
        const isGone = (name: string): boolean => gone.some((path) => name === path || name.startsWith(path));
        const expected = [...Object.keys(before).filter((name) => !isGone(name)), ...added];
        const repodata = Object.keys(after).filter((name) => name.endsWith('/repodata/'));
        assert.deepEqual(Object.keys(after).sort(), [...new Set([...expected, ...repodata])].sort(), time);
        for (const [name, content] of Object.entries(before))
          if (!isGone(name) && !added.includes(name)) assert.equal(after[name], content, name);
        for (const [place, builds] of Object.entries(named)) {
          const hrefs = await world.named(place);
          const directories = hrefs === null ? null : [...new Set(hrefs.map((href) => href.split('/')[0]))];
          assert.deepEqual(directories, builds, `${place}, ${time}`);
        }
        await also?.(world);
      }
    });
  }
});
