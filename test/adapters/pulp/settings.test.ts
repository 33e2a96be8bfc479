import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { TLSSocket } from 'node:tls';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { createPulpExchange } from '../../../src/adapters/pulp/exchange.js';
import { pulpSettings, readPulpSettings, type PulpValues } from '../../../src/adapters/pulp/settings.js';
import { givenDirectory } from '../../support/given-directory.js';
import { refusalOf } from '../../support/rejection.js';

describe('settings of Pulp', () => {
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  let file: string;
  before(async () => {
    directory = await givenDirectory();
    file = path.join(directory.path, 'cli.toml');
  });
  after(() => directory.remove());

  async function read(lines: readonly string[], own?: Partial<PulpValues>): ReturnType<typeof readPulpSettings> {
    await writeFile(file, `${lines.join('\n')}\n`);
    return readPulpSettings(file, own);
  }

  it('come from the file of pulp-cli: a certificate counts before a password', async () => {
    const table = ['[cli]', 'base_url = "https://pulp.example"', 'api_root = "/api/pulp/"', 'domain = "copr"'];
    const names = ['username = "u"', 'password = "p"'];
    const place = { baseUrl: 'https://pulp.example', apiRoot: '/api/pulp/', domain: 'copr' };
    assert.deepEqual(await read([...table, ...names, 'cert = ""', 'key = ""']), {
      ...place,
      authorities: { kind: 'system' },
      identity: { kind: 'password', username: 'u', password: 'p' },
    });
    const both = await read([...table, ...names, 'cert = "/c.pem"', 'key = "/k.pem"', 'verify_ssl = "/ca.pem"']);
    assert.deepEqual(both.identity, { kind: 'certificate', cert: '/c.pem', key: '/k.pem' });
    assert.deepEqual(both.authorities, { kind: 'file', path: '/ca.pem' });
    assert.equal((await read([...table, ...names], { domain: 'other' })).domain, 'other');
  });

  it('say what is wrong with them, and never a password', async () => {
    const url = 'base_url = "https://pulp.example"';
    for (const [lines, said] of [
      [['cli'], /not TOML/],
      [['[other]'], /no table \[cli\]/],
      [['[cli]', 'base_url = "pulp.example"', 'password = "secret"'], /base_url/],
      [['[cli]', url], /neither cert and key, nor username and password/],
      [['[cli]', url, 'domain = "a/b"', 'username = "u"'], /domain/],
    ] as const) {
      const { code, message } = await refusalOf(read(lines));
      assert.equal(code, 'ConfigurationInvalid');
      assert.match(message, said);
      assert.doesNotMatch(message, /secret/);
    }
    const missing = await refusalOf(readPulpSettings(path.join(directory.path, 'missing.toml')));
    assert.match(missing.message, /missing\.toml cannot be read/);
  });

  it('prove who both sides are', async () => {
    const [key, cert] = [path.join(directory.path, 'key'), path.join(directory.path, 'cert')];
    const subject = ['-subj', '/CN=builder', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject];
    assert.equal((await runCommand('openssl', args, { timeoutMs: 60_000 })).code, 0);
    const pair = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
    const names: unknown[] = [];
    const server = https.createServer({ ...pair, ca: pair.cert, requestCert: true }, (request, response) => {
      assert.ok(request.socket instanceof TLSSocket);
      names.push(request.socket.getPeerCertificate().subject.CN, request.url);
      response.end('{}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const values = {
      ...{ base_url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, api_root: '/api/pulp/' },
      ...{ domain: 'copr', cert, key },
    };
    const ask = async (verify: boolean | string): Promise<void> => {
      const exchange = await createPulpExchange(pulpSettings({ ...values, verify_ssl: verify }, 'the test'));
      try {
        await exchange.get({ method: 'GET', to: 'tasks/' });
      } finally {
        exchange.close();
      }
    };
    try {
      const { code, message } = await refusalOf(ask(true));
      assert.deepEqual([code, names], ['PulpUnavailable', []]);
      assert.match(message, /self-signed certificate/);
      for (const verify of [cert, false]) await ask(verify);
      const asked = ['builder', '/api/pulp/copr/api/v3/tasks/'];
      assert.deepEqual(names, [...asked, ...asked]);
      const unreadable = await refusalOf(ask(path.join(directory.path, 'missing.pem')));
      assert.equal(unreadable.code, 'ConfigurationInvalid');
    } finally {
      server.close();
    }
  });
});
