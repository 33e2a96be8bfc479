import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { startKeygen } from '../../playground/keygen/server.js';
import { silent } from '../../playground/loopback/log-line.js';
import { openKeyRing, type KeyRing } from '../../playground/signd/key-ring.js';
import { startSignd } from '../../playground/signd/server.js';

const PLAYGROUND = fileURLToPath(new URL('../../playground/', import.meta.url));

export type GivenSignd = {
  readonly port: number;
  readonly ring: KeyRing;
  /** `host:port` of the keygen service. */
  readonly keygenHost: string;
  /** Makes a key like an operator of the key server; `expire` and `length` are gpg's. */
  readonly makeKey: (user: string, how?: { readonly length?: number; readonly expire?: string }) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A signd and a keygen that share one key ring below `root`, on free ports of loopback. */
export async function givenSignd(root: string, options: { readonly parallel?: number } = {}): Promise<GivenSignd> {
  const place = { gnupgHome: path.join(root, 'signd-keys'), phrases: path.join(root, 'phrases') };
  const signd = await startSignd({ port: 0, ...place, ...options, log: silent });
  const keygen = await startKeygen({ port: 0, ...place, log: silent });
  const ring = openKeyRing(place);
  return {
    port: signd.port,
    ring,
    keygenHost: `127.0.0.1:${keygen.port}`,
    makeKey: async (user, { length = 2048, expire = '5y' } = {}) => {
      const body = { name_real: 'made', name_email: user, key_length: length, expire };
      const answer = await fetch(`${keygen.url}/gen_key`, { method: 'POST', body: JSON.stringify(body) });
      if (answer.status !== 201) throw new Error(await answer.text());
    },
    close: async () => {
      await keygen.close();
      await signd.close();
      await ring.close();
    },
  };
}

/** A program `sign` that calls the signd at this port: the playground's compiled client, started by a shell script. */
export async function givenSignProgram(root: string, port: number): Promise<string> {
  const compiled = await compileClient(path.join(root, 'compiled'));
  const [conf, program] = [path.join(root, `sign-${port}.conf`), path.join(root, `sign-${port}`)];
  await writeFile(conf, `# as /etc/sign.conf\nserver: 127.0.0.1\nport: ${port}\n`);
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${compiled}' '${conf}' "$@"\n`);
  await chmod(program, 0o755);
  return program;
}

async function compileClient(directory: string): Promise<string> {
  for (const part of ['sign-client', 'signd']) {
    await mkdir(path.join(directory, part), { recursive: true });
    for (const name of await readdir(path.join(PLAYGROUND, part))) {
      const source = await readFile(path.join(PLAYGROUND, part, name), 'utf8');
      const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
      const { outputText } = ts.transpileModule(source, { compilerOptions });
      await writeFile(path.join(directory, part, name.replace(/\.ts$/, '.js')), outputText);
    }
  }
  await writeFile(path.join(directory, 'package.json'), '{ "type": "module" }\n');
  return path.join(directory, 'sign-client', 'main.js');
}
