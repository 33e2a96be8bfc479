import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import { followBuild } from './follow-build.js';
import { EXIT, type FrontendClient } from './frontend-client.js';
import { print, run, splitProject, talking, type Where } from './run-command.js';
import { collectSources, findPackageFile } from './spec-sources.js';

const STATUSES = `
Exit status: 0 done (with --follow: succeeded), 1 the build failed or was canceled, 2 wrong usage, 4 frontend unreachable.
`;

/** Commands about builds: submit, list, cancel. */
export function peopleCommands(): readonly Command[] {
  return [submitCommand(), listCommand(), cancelCommand()];
}

function submitCommand(): Command {
  return talking('submit', 'build a package: a spec with the sources beside it, or a source package')
    .argument('<file>', 'FILE.spec, FILE.src.rpm, or a directory with one of them')
    .option('--project <owner/name>', 'created if missing', `${userInfo().username}/playground`)
    .option('--dirname <name:suffix>', "a directory beside the project's own, such as hello:pr:7; created if missing")
    .option('--chroot <name>', "may be repeated; default: the project's, or this machine's", collect, [])
    .addOption(new Option('--storage <where>', 'of the packages of a new project').choices(['backend', 'pulp']))
    .option('--background', 'let other builds go first')
    .option('--timeout <seconds>', 'how long the build may take', Number)
    .option('--swallow-reports <count>', "so many reports of the source's success are answered and not applied", Number)
    .option('--follow', 'show what happens until the build is over')
    .addHelpText(
      'after',
      `${STATUSES}
Examples:
  $ copr-backend playground submit examples/hello-copr/hello-copr.spec --follow
  $ copr-backend playground submit hello-1.0-1.src.rpm --project jdoe/tools --background
`,
    )
    .action((file: string, options: SubmitOptions) => run(options, (client) => submit(client, file, options)));
}

type SubmitOptions = Where & {
  readonly project: string;
  readonly dirname?: string;
  readonly chroot: readonly string[];
  readonly storage?: string;
  readonly background?: boolean;
  readonly timeout?: number;
  readonly swallowReports?: number;
  readonly follow?: boolean;
};

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

async function submit(client: FrontendClient, path: string, options: SubmitOptions): Promise<number> {
  const file = findPackageFile(path);
  const { owner, name } = splitProject(options.project);
  const sources = await collectSources(file);
  const upload = await client.upload(sources);
  const build = await client.createBuild({
    upload,
    file: basename(file),
    owner,
    project: name,
    submitter: owner.startsWith('@') ? userInfo().username : owner,
    ...(options.dirname === undefined ? {} : { dirname: options.dirname }),
    ...(options.chroot.length === 0 ? {} : { chroots: options.chroot }),
    ...(options.storage === undefined ? {} : { storage: options.storage }),
    ...(options.background === undefined ? {} : { background: options.background }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.swallowReports === undefined ? {} : { swallows: options.swallowReports }),
  });
  print(`build ${build.id} of ${basename(file)} in ${owner}/${name} (${sources.length} files uploaded)`);
  if (options.follow === true) return followBuild(client, build, print);
  print(`see it: copr-backend playground list; stop it: copr-backend playground cancel ${build.id}`);
  return EXIT.succeeded;
}

function listCommand(): Command {
  return talking('list', 'builds and their states, newest first')
    .option('--limit <count>', 'how many', Number, 20)
    .action((options: Where & { readonly limit: number }) =>
      run(options, async (client) => {
        const builds = [...(await client.builds())].reverse().slice(0, options.limit);
        if (builds.length === 0) print('no builds yet; submit one: copr-backend playground submit FILE.spec');
        for (const build of builds) {
          const chroots = Object.entries(build.chrootStates).map(([name, state]) => `${name} ${state}`);
          const title = [build.package ?? '?', build.version ?? ''].join(' ').trim();
          print(
            `${String(build.id).padStart(5)}  ${build.state.padEnd(10)} ${build.owner}/${build.project}  ${title}  (${chroots.join(', ')})`,
          );
        }
        return EXIT.succeeded;
      }),
    );
}

function cancelCommand(): Command {
  return talking('cancel', 'stop a build, wherever it is')
    .argument('<build>', 'its number, as `list` shows')
    .action((id: string, options: Where) =>
      run(options, async (client) => {
        await client.cancel(id);
        print(`build ${id} is canceled; the backend stops what runs of it within seconds`);
        return EXIT.succeeded;
      }),
    );
}
