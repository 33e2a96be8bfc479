import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { v3Packet, v4Packet, readProbe, signatureOf, mpi } from '../../playground/signd/packets.js';
import { decodeReply, decodeRequest, encodeReply, encodeRequest } from '../../playground/signd/wire.js';
import { givenDirectory } from '../support/given-directory.js';
import { givenSignd, type GivenSignd } from '../support/given-signd.js';

const USER = 'me#proj@copr.example.org';
const hex = (bytes: Buffer): string => bytes.toString('hex');

/** The bytes captured between the real ones (docs/neighbours/signing.md#signd). */
describe('bytes of the signd protocol', () => {
  it('are those of a ping and of an export', () => {
    assert.equal(hex(encodeRequest({ kind: 'ping' })), '00000000');
    assert.equal(hex(encodeReply({ status: 0, out: Buffer.alloc(0), err: '' })), '000000000000');
    const request = { kind: 'old', user: USER, arg: 'PUBKEY' } as const;
    assert.equal(hex(encodeRequest(request)), `00180006${hex(Buffer.from(`${USER}PUBKEY`))}`);
    assert.deepEqual(decodeRequest(encodeRequest(request)), request);
  });

  it('are those of an unknown key', () => {
    const err = 'unknown key: nobody#x@copr.example.org\n';
    const bytes = encodeReply({ status: 1, out: Buffer.from('never sent'), err });
    assert.equal(hex(bytes), `000100000027${hex(Buffer.from(err))}`);
    assert.deepEqual(decodeReply(bytes), { status: 1, out: Buffer.alloc(0), err });
  });

  it('are those of a request for two signatures', () => {
    const digests = ['7d', '94'].map((byte) => `${byte.repeat(32)}@006b032e42`);
    const bytes = encodeRequest({ kind: 'new', args: ['sign', `SHA256:${USER}`, ...digests] });
    assert.equal(hex(bytes.subarray(0, 14)), '00c3000000040004001f004b004b');
    assert.equal(bytes.length, 4 + 0xc3);
    for (let cut = 0; cut < bytes.length; cut += 1) assert.equal(decodeRequest(bytes.subarray(0, cut)), null);
  });

  it('are those of the answer to the probe and of a signature', () => {
    const issuer = { fingerprint: Buffer.alloc(20, 0xab), algorithm: 1, hash: 'sha256' } as const;
    const signature = mpi(Buffer.alloc(256, 0xff));
    const probe = v4Packet(issuer, { digest: Buffer.alloc(32, 4), signatureClass: 0, time: 0 }, signature);
    const head = `89013304000108001d162104${'ab'.repeat(20)}050200000000000a0910${'ab'.repeat(8)}0404`;
    assert.equal(hex(probe).slice(0, head.length), head);
    assert.equal(probe.length, 0x136);
    assert.deepEqual(readProbe(probe), issuer);
    const digest = Buffer.alloc(32, 0x7d);
    const packet = v3Packet(issuer, { digest, signatureClass: 0, time: 0x6b032e42 }, signature);
    assert.equal(hex(packet.subarray(0, 21)), `8901150305006b032e42${'ab'.repeat(8)}01087d`.slice(0, 42));
    assert.equal(packet.length, 0x118);
    assert.deepEqual(signatureOf(packet, issuer, digest), signature);
    assert.throws(() => signatureOf(packet, issuer, Buffer.alloc(32)), /another digest/);
  });
});

describe('the signd and the keygen of the playground', function () {
  this.timeout(60_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let signd: GivenSignd;
  before(async () => {
    root = await givenDirectory();
    signd = await givenSignd(root.path);
  });
  after(async () => {
    await signd.close();
    await root.remove();
  });

  const keygen = async (body: string, path = '/gen_key'): Promise<number> => {
    const answer = await fetch(`http://${signd.keygenHost}${path}`, { method: 'POST', body });
    await answer.arrayBuffer();
    return answer.status;
  };

  it('make one key however many ask for it at once, and say who made it', async () => {
    const body = JSON.stringify({ name_real: 'me_proj', name_email: USER });
    const answers = await Promise.all(Array.from({ length: 4 }, () => keygen(body)));
    assert.deepEqual(answers.toSorted(), [200, 200, 200, 201]);
    const { stdout } = await signd.ring.home.run('gpg', ['--batch', '--with-colons', '-K']);
    assert.equal(stdout.match(/^sec:/gm)?.length, 1);
    assert.match(stdout, /^uid:.*:me_proj \(None\) <me#proj@copr\.example\.org>:/m);
  });

  it('refuse invalid requests for a key', async () => {
    for (const email of ['me@copr.example.org', 'a b#c@d', 'a#b@c@d', '../x#y@z'])
      assert.equal(await keygen(JSON.stringify({ name_real: 'x', name_email: email })), 400, email);
    assert.equal(await keygen('{'), 400);
    assert.equal(await keygen('{}'), 400);
    assert.equal(await keygen('{}', '/other'), 404);
    const ping = await fetch(`http://${signd.keygenHost}/ping`);
    assert.equal(await ping.text(), 'pong\n');
  });

  it('answer a ping, and refuse invalid requests', async () => {
    assert.equal(hex(await ask(encodeRequest({ kind: 'ping' }))), '000000000000');
    const asked = [
      encodeRequest({ kind: 'old', user: '../phrases', arg: 'PUBKEY' }),
      encodeRequest({ kind: 'old', user: USER, arg: 'SHA256:00@0000000000' }),
      encodeRequest({ kind: 'old', user: 'a\nb', arg: 'PUBKEY' }),
      encodeRequest({ kind: 'new', args: ['certgen', USER] }),
    ];
    for (const request of asked) assert.equal(decodeReply(await ask(request)).status, 1);
  });

  function ask(request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(signd.port, '127.0.0.1', () => socket.write(request));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('end', () => {
        socket.end();
        resolve(Buffer.concat(chunks));
      });
    });
  }
});
