import { readFileSync, writeFileSync } from 'node:fs';
import { signDetached } from './detached.js';
import { hashNamed, parseSignOptions, type SignOptions } from './options.js';
import { readSignConf, type SignConf } from './sign-conf.js';
import { signRpm } from './sign-rpm.js';
import { ask, createDigestSigner, SigndRefusal, type DigestSigner } from './signd-client.js';

/**
 * The command `sign`, as far as a Copr backend uses it (docs/neighbours/signing.md#the-program-sign):
 * `node main.js CONF [sign's own arguments]`. Exits with the status that signd answered, or 1.
 */
async function main([conf = '', ...args]: readonly string[]): Promise<void> {
  const options = parseSignOptions(args);
  const settings = readSignConf(conf);
  if (options.mode === 'ping') {
    await ask(settings, { kind: 'ping' });
    return;
  }
  const user = options.user ?? settings.user ?? '';
  if (options.mode === 'publicKey') {
    process.stdout.write(await ask(settings, { kind: 'old', user, arg: 'PUBKEY' }));
    return;
  }
  await signFiles(options, await signerFor(options, settings, user));
}

function signerFor(options: SignOptions, settings: SignConf, user: string): Promise<DigestSigner> {
  const hash = options.hash ?? hashNamed(settings.hash ?? 'sha1');
  return createDigestSigner(settings, { user, hash, version: options.version });
}

async function signFiles({ mode, files }: SignOptions, signer: DigestSigner): Promise<void> {
  if (files.length === 0) process.stdout.write(await signDetached(readFileSync(0), signer));
  for (const file of files) {
    if (mode === 'detached') writeFileSync(`${file}.asc`, await signDetached(readFileSync(file), signer));
    else if (!(await signRpm(file, signer))) process.stdout.write(`${file}: already signed\n`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof SigndRefusal ? error.status : 1;
}
