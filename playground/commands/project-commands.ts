import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { asking, type ActionOptions } from './ask-for-actions.js';
import { CommandEnd, EXIT } from './frontend-client.js';
import { splitProject } from './run-command.js';

/** Commands that lead to actions of the backend: the work of a frontend's users, nightly jobs and admins. */
export function projectCommands(): readonly Command[] {
  return [
    regenerateCommand(),
    modifyCommand(),
    forkCommand(),
    renameCommand(),
    branchCommand(),
    compsCommand(),
    moduleCommand(),
    deleteCommand(),
    removeDirsCommand(),
    recordCommand(),
  ];
}

function regenerateCommand(): Command {
  return asking('regenerate', "rebuild a project's repository metadata", (client, [project = '']) =>
    client.act('POST', `${pathOf(project)}/regenerate`),
  ).argument('<owner/name>');
}

type Settings = ActionOptions & {
  readonly manualCreaterepo?: string;
  readonly autoPrune?: string;
  readonly persistent?: string;
  readonly appstream?: string;
};

function modifyCommand(): Command {
  const onOff = (flag: string, text: string): Option => new Option(`${flag} <on|off>`, text).choices(['on', 'off']);
  return asking('modify', "change a project's settings", (client, [project = ''], options: Settings) => {
    const given = {
      devel_mode: options.manualCreaterepo,
      auto_prune: options.autoPrune,
      persistent: options.persistent,
      appstream: options.appstream,
    };
    const set = Object.entries(given).filter(([, value]) => value !== undefined);
    if (set.length === 0) throw new CommandEnd(EXIT.usage, 'say what to change: --help lists the settings');
    const settings = Object.fromEntries(set.map(([name, value]) => [name, value === 'on']));
    return client.act('POST', `${pathOf(project)}/settings`, settings);
  })
    .argument('<owner/name>')
    .addOption(onOff('--manual-createrepo', 'builds go public only by `regenerate`'))
    .addOption(onOff('--auto-prune', 'old builds may be pruned'))
    .addOption(onOff('--persistent', 'it is never deleted and never pruned'))
    .addOption(onOff('--appstream', 'metadata with appstream data'));
}

function forkCommand(): Command {
  return asking(
    'fork',
    'copy the newest build of each package into another project, signed with its key',
    (client, [from = '', to = ''], { confirm }: ActionOptions & { readonly confirm?: boolean }) =>
      client.act('POST', `${pathOf(from)}/fork`, { ...splitProject(to), intoExisting: confirm === true }),
  )
    .argument('<from>', 'OWNER/NAME')
    .argument('<to>', 'OWNER/NAME, created if missing')
    .option('--confirm', 'also into a project that exists');
}

function renameCommand(): Command {
  return asking('rename', 'give a project another name, or another owner', (client, [from = '', to = '']) =>
    client.act('POST', `${pathOf(from)}/rename`, splitProject(to)),
  )
    .argument('<from>', 'OWNER/NAME')
    .argument('<to>', 'OWNER/NAME, which must be free');
}

function branchCommand(): Command {
  return asking(
    'branch',
    'a new chroot begins with copies of what was built for rawhide, in every project that builds for it',
    (client, [rawhide = '', fresh = '']) => client.act('POST', 'branch', { rawhide, fresh }),
  )
    .argument('<rawhide>', 'the chroot that is copied, such as fedora-rawhide-x86_64')
    .argument('<new>', 'the new chroot, such as fedora-44-x86_64');
}

type CompsOptions = ActionOptions & { readonly chroot: string; readonly remove?: boolean };

function compsCommand(): Command {
  return asking(
    'comps',
    "give a chroot's repository groups of packages, or take them away",
    (client, [project = '', file], { chroot, remove }: CompsOptions) => {
      if ((file === undefined) !== (remove === true)) {
        throw new CommandEnd(EXIT.usage, 'name a comps file, or say --remove');
      }
      const path = `${pathOf(project)}/chroots/${encodeURIComponent(chroot)}/comps`;
      return file === undefined ? client.act('DELETE', path) : client.act('PUT', path, contentOf(file));
    },
  )
    .argument('<owner/name>')
    .argument('[file]', 'comps.xml')
    .requiredOption('--chroot <name>', 'whose repository')
    .option('--remove', 'remove it');
}

function moduleCommand(): Command {
  return asking(
    'module',
    "put a module's document into the repositories of all chroots (no frontend of today does)",
    (client, [project = '', file = ''], { build }: ActionOptions & { readonly build: readonly string[] }) =>
      client.act('POST', `${pathOf(project)}/module`, {
        modulemd: contentOf(file).toString('utf8'),
        builds: build.map(numberOf),
      }),
  )
    .argument('<owner/name>')
    .argument('<file>', 'modulemd, a YAML document')
    .option('--build <number>', 'a build whose packages are in it; may be repeated', collect, []);
}

type DeleteOptions = ActionOptions & { readonly chroot?: string };

function deleteCommand(): Command {
  return asking('delete', 'a project, one of its chroots, or builds', (client, [first = '', ...more], options) => {
    const { chroot } = options as DeleteOptions;
    if (/^\d+$/.test(first)) {
      if (chroot !== undefined) throw new CommandEnd(EXIT.usage, '--chroot belongs to a project');
      return client.act('POST', 'builds/delete', { ids: [first, ...more].map(numberOf) });
    }
    if (more.length > 0) throw new CommandEnd(EXIT.usage, 'one project, or builds by their numbers');
    const path = pathOf(first);
    return client.act(
      'POST',
      chroot === undefined ? `${path}/delete` : `${path}/chroots/${encodeURIComponent(chroot)}/delete`,
    );
  })
    .argument('<what...>', 'OWNER/NAME, or numbers of builds of one project that are over')
    .option('--chroot <name>', 'only this chroot of the project');
}

function removeDirsCommand(): Command {
  return asking(
    'remove-dirs',
    'directories of pull requests, with their builds',
    (client, [project = '', ...dirnames]) =>
      client.act('POST', `${pathOf(project)}/remove-dirs`, { dirnames: dirnames.length === 0 ? null : dirnames }),
  )
    .argument('<owner/name>')
    .argument('[dirname...]', 'such as hello:pr:7; none: all of the project');
}

function recordCommand(): Command {
  return asking('action', 'an action from a file, of any kind', (client, [file = '']) => {
    let record: unknown;
    try {
      record = JSON.parse(contentOf(file).toString('utf8'));
    } catch (error) {
      if (error instanceof CommandEnd) throw error;
      throw new CommandEnd(EXIT.usage, `${file} is not JSON`);
    }
    if (typeof record !== 'object' || record === null) throw new CommandEnd(EXIT.usage, `${file} holds no object`);
    return client.act('POST', 'actions', record);
  })
    .argument('<file>', 'JSON with action_type and what else the wire has; `-`: standard input')
    .addHelpText('after', '\nExample:\n  $ echo \'{"action_type": 8}\' | copr-backend playground action - --wait\n');
}

function pathOf(project: string): string {
  const { owner, name } = splitProject(project);
  return `projects/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new CommandEnd(EXIT.usage, `${file} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`);
  }
}

function numberOf(word: string): number {
  if (/^\d{1,15}$/.test(word)) return Number(word);
  throw new CommandEnd(EXIT.usage, `${word} is not a build: it needs a number, as \`list\` shows`);
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
