import { readFileSync } from 'node:fs';
import ssh2, { type AuthContext, type ParsedKey } from 'ssh2';

const USERS = ['mockbuilder', 'root'];

/** Public keys of an authorized_keys file; other lines are skipped. */
function readKeys(path: string): readonly ParsedKey[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.flatMap((line) => {
    const key = ssh2.utils.parseKey(line);
    return key instanceof Error ? [] : [key];
  });
}

/** Answers one authentication attempt: accepts only a listed key with a valid signature. The file is read each time. */
export function judgeLogin(context: AuthContext, authorizedKeys: string): void {
  if (context.method !== 'publickey' || !USERS.includes(context.username)) {
    context.reject(['publickey']);
    return;
  }
  const key = readKeys(authorizedKeys).find(
    (candidate) =>
      candidate.type === context.key.algo.replace(/^rsa-sha2-\d+$/, 'ssh-rsa') &&
      candidate.getPublicSSH().equals(context.key.data),
  );
  const isValid =
    key !== undefined &&
    (context.signature === undefined ||
      (context.blob !== undefined && key.verify(context.blob, context.signature, context.hashAlgo)));
  if (isValid) context.accept();
  else context.reject(['publickey']);
}
