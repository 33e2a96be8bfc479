/**
 * Finds out which programs of the operating system are missing and installs their packages, if this user may. It starts
 * no service: on Debian a policy-rc.d forbids that while apt runs.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { say } from './bootstrap.mjs';
import {
  installCommands,
  packageManagerOf,
  packagesOf,
  pasteLine,
  POSTGRESQL_VERSIONS,
  SYSTEM_DIRECTORIES,
} from './system-programs.mjs';

const POLICY = '/usr/sbin/policy-rc.d';

/** Path of a program, or null. */
export function findProgram(name, path = process.env.PATH ?? '') {
  for (const directory of [...path.split(delimiter), ...SYSTEM_DIRECTORIES, ...postgresqlDirectories()]) {
    const candidate = join(directory, name);
    if (directory !== '' && isProgram(candidate)) return candidate;
  }
  return null;
}

/** Those of `programs` that this machine lacks. */
export function missingPrograms(programs, path) {
  return programs.filter((program) => findProgram(program.name, path) === null);
}

/** The commands that would be run for `programs`, as lines for people; changes nothing. */
export function provisionPlan(missing, { manager, isRoot }) {
  const list = missing.map((program) => `  ${program.name.padEnd(14)}${program.why}`).join('\n');
  const head = `These programs are missing:\n${list}`;
  if (manager === null) return { head, line: null };
  return { head, line: pasteLine(packagesOf(missing, manager), manager, isRoot) };
}

/** Makes `programs` available or throws an error that says what to run. */
export function provision(programs, { mayInstall = true } = {}) {
  const missing = missingPrograms(programs);
  if (missing.length === 0) return;
  const manager = packageManagerOf(readOsRelease());
  const isRoot = process.getuid?.() === 0;
  const { head, line } = provisionPlan(missing, { manager, isRoot });
  if (line === null) throw new Error(`${head}\nInstall them with your system's package manager and try again.`);
  if (!mayInstall || !(isRoot || hasPasswordlessSudo())) throw new Error(`${head}\nInstall them with:\n  ${line}`);
  say(`${head}\nInstalling them (no service is started; --no-install refuses this):\n  ${line}`);
  install(packagesOf(missing, manager), { manager, isRoot });
  const still = missingPrograms(missing);
  if (still.length > 0) {
    throw new Error(`still missing after the installation: ${still.map((program) => program.name).join(', ')}`);
  }
}

function install(packages, { manager, isRoot }) {
  const prefix = isRoot ? [] : ['sudo', '-n'];
  const restore = manager === 'apt' ? forbidServiceStarts(prefix) : () => {};
  const onSignal = () => {
    restore();
    process.exit(130);
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    for (const command of installCommands(packages, manager)) runOrThrow([...prefix, ...command]);
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    restore();
  }
}

/** A package's maintainer scripts ask policy-rc.d before they start a service; ours refuses, and is removed again. */
function forbidServiceStarts(prefix) {
  if (existsSync(POLICY)) return () => {};
  const scratch = mkdtempSync(join(tmpdir(), 'copr-backend-'));
  const script = join(scratch, 'policy-rc.d');
  writeFileSync(script, '#!/bin/sh\nexit 101\n');
  chmodSync(script, 0o755);
  runOrThrow([...prefix, 'cp', '-p', script, POLICY]);
  rmSync(scratch, { recursive: true });
  return () => void quietly([...prefix, 'rm', '-f', POLICY]);
}

function hasPasswordlessSudo() {
  return findProgram('sudo') !== null && quietly(['sudo', '-n', 'true']);
}

function quietly([program, ...args]) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** Output is collected and shown only if the program fails: apt is verbose. */
function runOrThrow([program, ...args]) {
  const run = spawnSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 64 << 20 });
  if (run.status === 0) return;
  const tail = `${run.stdout ?? ''}${run.stderr ?? ''}`.trim().split('\n').slice(-15).join('\n');
  throw new Error(`failed: ${[program, ...args].join(' ')}\n${run.error?.message ?? tail}`);
}

function postgresqlDirectories() {
  if (!existsSync(POSTGRESQL_VERSIONS)) return [];
  return readdirSync(POSTGRESQL_VERSIONS).map((version) => join(POSTGRESQL_VERSIONS, version, 'bin'));
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function readOsRelease() {
  for (const path of ['/etc/os-release', '/usr/lib/os-release'])
    if (existsSync(path)) return readFileSync(path, 'utf8');
  return '';
}
