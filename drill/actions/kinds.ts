import { CHROOTS } from '../../test/support/given-signed-project.js';

/** The results tree before each action: a project with two builds in each of two chroots, and a branch of it. */
export const OWNER = 'jdoe';
export const PROJECT = 'hello';
export const BRANCH = `${PROJECT}:pr:7`;
const [CHROOT = '', OTHER_CHROOT = ''] = CHROOTS;
const NEW_CHROOT = 'fedora-46-x86_64';

/** One kind of action: its record without the number (docs/neighbours/frontend.md#actions). */
export type ActionKind = { readonly name: string; readonly record: Readonly<Record<string, unknown>> };

const names = { ownername: OWNER, projectname: PROJECT, storage: 0, appstream: false, devel: false };
const build = '00000001-a';

/** Every kind that changes the results tree. */
export const ACTION_KINDS: readonly ActionKind[] = [
  kind('createrepo', 3, 'repository', {
    ...{ ...names, reason: 4, persistent: false },
    ...{ project_dirnames: [PROJECT, BRANCH], chroots: [CHROOT, NEW_CHROOT] },
  }),
  kind('gen_gpg_key', 5, 'copr', { ...names, projectname: 'fresh' }),
  kind('update_comps', 4, 'copr_chroot', {
    ...{ ...names, chroot: CHROOT, comps_present: true, url_path: '/comps/1.xml' },
  }),
  kind('delete_builds', 0, 'builds', {
    ...{ ...names, build_ids: [1], project_dirnames: { [PROJECT]: { [CHROOT]: [build], [OTHER_CHROOT]: [build] } } },
  }),
  kind('delete_chroot', 0, 'chroot', { ...names, chrootname: CHROOT }),
  kind('delete_project', 0, 'copr', { ownername: OWNER, project_dirnames: [PROJECT, BRANCH], storage: 0 }),
  kind('remove_dirs', 11, 'copr', [`${OWNER}/${BRANCH}`]),
  kind('rawhide_to_release', 6, 'None', {
    ...{ ...names, copr_dir: PROJECT, rawhide_chroot: CHROOT, dest_chroot: NEW_CHROOT, builds: [build, '00000002-b'] },
  }),
  kind(
    'fork',
    7,
    'copr',
    {
      ...{ user: 'alice', copr: 'mine', storage: 0 },
      builds_map: { [CHROOT]: { [build]: '00000011-a', '00000002-b': '00000012-b' }, [OTHER_CHROOT]: {} },
    },
    { old_value: `${OWNER}/${PROJECT}`, new_value: 'alice/mine' },
  ),
  kind('rename', 1, 'copr', {}, { old_value: `${OWNER}/${PROJECT}`, new_value: '@web/world' }),
];

function kind(
  name: string,
  type: number,
  object: string,
  data: object,
  values: { readonly old_value?: string; readonly new_value?: string } = {},
): ActionKind {
  const row = { action_type: type, object_type: object, object_id: 1, copr_id: 1, priority: 0, result: 0 };
  return { name, record: { ...row, old_value: null, new_value: null, ...values, data: JSON.stringify(data) } };
}
