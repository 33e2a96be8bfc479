import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeJson } from '../loopback/json-file.js';
import { markProcess, waitUntil } from '../loopback/processes.js';
import { runningBuildGroup } from './builder-directory.js';
import type { BuildRequest } from './build-script.js';
import { planBuild } from './build-task.js';
import { buildUser } from './build-user.js';
import type { CommandAnswer, CommandContext } from './command-context.js';

/** `copr-rpmbuild … --detached`: answers as soon as the build runs on its own (docs/neighbours/builder.md#commands). */
export async function startBuild(context: CommandContext, args: readonly string[]): Promise<CommandAnswer> {
  const request = parseRequest(args);
  if ('code' in request) return request;
  if (context.lock.held || runningBuildGroup(context.directory) !== null) {
    context.journal({ event: 'refused', taskUrl: request.taskUrl });
    return { code: 1, stderr: 'Another copr-rpmbuild is running on this builder; one build at a time.\n' };
  }
  context.lock.held = true;
  try {
    return await launch(context, request);
  } finally {
    context.lock.held = false;
  }
}

function parseRequest(args: readonly string[]): BuildRequest | CommandAnswer {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        verbose: { type: 'boolean', short: 'v' },
        'drop-resultdir': { type: 'boolean' },
        srpm: { type: 'boolean' },
        rpm: { type: 'boolean' },
        detached: { type: 'boolean' },
        'task-url': { type: 'string' },
        chroot: { type: 'string' },
      },
    });
    const isSource = values.srpm ?? false;
    if (values['task-url'] === undefined) throw new Error('--task-url is missing');
    if (!isSource && values.chroot === undefined) throw new Error('--chroot is missing');
    if (values.detached !== true) throw new Error('this builder only works with --detached');
    return { taskUrl: values['task-url'], chroot: values.chroot ?? null, isSource };
  } catch (error) {
    return { code: 2, stderr: `copr-rpmbuild: ${error instanceof Error ? error.message : String(error)}\n` };
  }
}

async function launch(context: CommandContext, request: BuildRequest): Promise<CommandAnswer> {
  const { directory, journal } = context;
  for (const name of ['pid', 'logger_pid', 'main.log', 'results', 'workspace']) {
    rmSync(join(directory.lib, name), { recursive: true, force: true });
  }
  const build = await planBuild(request.taskUrl, request.isSource);
  const timeout = 'plan' in build ? build.plan.timeout : 60;
  rmSync(directory.script, { force: true });
  writeFileSync(directory.script, context.script(directory, context.name, request, build), { mode: 0o644 });
  // `timeout` leads the session and the process group, so that its limit and a cancel reach every process of the build.
  const child = spawn('timeout', ['--signal=INT', '--kill-after=20', String(timeout), 'sh', directory.script], {
    cwd: directory.lib,
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] },
    ...buildUser(),
  });
  const started = await new Promise<boolean>((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
  if (!started || child.pid === undefined) return { code: 1, stderr: 'The build could not be started.\n' };
  writeJson(directory.buildMark, markProcess(child.pid) ?? { pid: child.pid, startTicks: '' });
  journal({ event: 'start', taskUrl: request.taskUrl });
  child.once('exit', (code) => journal({ event: 'end', taskUrl: request.taskUrl, code }));
  child.unref();
  const hasPids = await waitUntil(() => existsSync(join(directory.lib, 'logger_pid')), 10_000, 5);
  return hasPids ? { code: 0 } : { code: 1, stderr: 'The build did not come up within 10 seconds.\n' };
}
