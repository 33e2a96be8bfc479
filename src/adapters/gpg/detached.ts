import { PortFailure } from '../../ports/port-failure.js';
import type { GnupgHome } from './gnupg-home.js';
import type { ProjectKey } from './keys.js';

/** Makes an armored detached signature of one file with a key of the home. */
export async function signDetached(request: {
  readonly home: GnupgHome;
  readonly file: string;
  readonly key: ProjectKey;
  readonly signal: AbortSignal | undefined;
}): Promise<string> {
  const args = [
    ...['--batch', '--no-tty', '--pinentry-mode', 'loopback', '--passphrase', ''],
    ...['--local-user', request.key.fingerprint, '--digest-algo', 'SHA256'],
    ...['--armor', '--output', '-', '--detach-sign', '--', request.file],
  ];
  const result = await request.home.run('gpg', args, request.signal === undefined ? {} : { signal: request.signal });
  if (result.code === 0 && result.stdout.includes('BEGIN PGP SIGNATURE')) return result.stdout;
  // The key could sign when it was checked, so the cause is the agent or its disk.
  throw new PortFailure('SigningFailed', result.summary, { retryable: true });
}
