import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { pythonPackages } from '../../bench/repo/python-packages.js';
import { runCommand } from '../../src/adapters/process/run-command.js';

/** rpm-rs, the crate `rpm`: pip has the same version compiled, so that no host needs a Rust compiler. */
const RPM_RS = '0.30.2';
const PROGRAM = fileURLToPath(new URL('../fixtures/rpm-rs/make_packages.py', import.meta.url));

/** Kinds of packages that rpm-rs makes but rpmbuild does not, as the program calls them. */
export const RUST_KINDS = ['payloads', 'bare', 'files', 'relations', 'texts'] as const;

/** Makes the packages of a kind with rpm-rs in `directory`; it makes no source package. */
export async function givenRustRpms(directory: string, kind: string, release: string): Promise<void> {
  const PYTHONPATH = await pythonPackages(`rpm-rs-${RPM_RS}`, [`rpm-rs==${RPM_RS}`]);
  await mkdir(directory, { recursive: true });
  const result = await runCommand('python3', [PROGRAM, kind, release, directory], {
    ...{ timeoutMs: 60_000, env: { PYTHONPATH, PYTHONDONTWRITEBYTECODE: '1' } },
  });
  if (result.code !== 0) throw new Error(result.summary);
}
