import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  HttpProblem,
  readBody,
  requestUrl,
  sendText,
  serveHttp,
  type RunningService,
} from '../loopback/http-service.js';
import type { Log } from '../loopback/log-line.js';
import { openKeyRing } from '../signd/key-ring.js';

export type KeygenOptions = {
  readonly port: number;
  /** The key ring with which the signd signs. */
  readonly gnupgHome: string;
  /** Directory where a file makes a user known to the signd. */
  readonly phrases: string;
  readonly log: Log;
};

type Wish = { readonly realName: string; readonly comment: string; readonly email: string; readonly length: number };

const LARGEST_BODY = 64 * 1024;

/** A copr-keygen with a gpg key ring, on loopback (docs/neighbours/signing.md#keygen). */
export async function startKeygen(options: KeygenOptions): Promise<RunningService> {
  const ring = openKeyRing(options);
  const underWay = new Map<string, Promise<boolean>>();
  await mkdir(options.phrases, { recursive: true, mode: 0o700 });

  /** True if this call made the key. */
  async function ensure(wish: Wish, expire: string): Promise<boolean> {
    const isNew = (await ring.find(wish.email)) === null;
    if (isNew) {
      const uid = `${wish.realName} (${wish.comment}) <${wish.email}>`;
      const unattended = ['--batch', '--no-tty', '--pinentry-mode', 'loopback', '--passphrase', ''];
      const args = [...unattended, '--quick-generate-key', uid, `rsa${wish.length}`, 'sign,cert,encr', expire];
      const made = await ring.home.run('gpg', args);
      if (made.code !== 0) throw new HttpProblem(500, made.summary);
      options.log(`made a key for ${wish.email}`);
    }
    await writeFile(join(options.phrases, wish.email), '1\n');
    return isNew;
  }

  const running = await serveHttp({
    port: options.port,
    log: options.log,
    handle: async (request, response) => {
      const { pathname } = requestUrl(request);
      if (pathname === '/ping' && request.method === 'GET') {
        sendText(response, 200, 'pong\n');
        return;
      }
      if (pathname !== '/gen_key') throw new HttpProblem(404, 'not found');
      if (request.method !== 'POST') throw new HttpProblem(405, 'only POST');
      const { expire, ...wish } = readWish(await readBody(request, LARGEST_BODY));
      // One at a time for each address: a second request finds the key.
      const before = underWay.get(wish.email) ?? Promise.resolve(false);
      const work = before.catch(() => false).then(() => ensure(wish, expire));
      underWay.set(wish.email, work);
      try {
        sendText(response, (await work) ? 201 : 200, '');
      } finally {
        if (underWay.get(wish.email) === work) underWay.delete(wish.email);
      }
    },
  });
  return {
    ...running,
    close: async () => {
      await running.close();
      await ring.close();
    },
  };
}

function readWish(body: Buffer): Wish & { readonly expire: string } {
  let data: unknown;
  try {
    data = JSON.parse(body.toString('utf8'));
  } catch {
    throw new HttpProblem(400, 'the body is not JSON');
  }
  const fields = (typeof data === 'object' ? data : null) as Readonly<Record<string, unknown>> | null;
  const { name_real: realName, name_email: email, name_comment: comment = 'None' } = fields ?? {};
  const { key_length: length = 2048, expire = '5y' } = fields ?? {};
  if (typeof realName !== 'string' || typeof email !== 'string')
    throw new HttpProblem(400, 'name_real and name_email are required');
  if (!isKeyAddress(email)) throw new HttpProblem(400, `bad name_email: ${email.slice(0, 200)}`);
  // Stricter than the real one: nothing that gpg would read as more than a name.
  if (/[<>()\p{Cc}]/u.test(realName) || typeof comment !== 'string' || /[<>()\p{Cc}]/u.test(comment))
    throw new HttpProblem(400, 'bad name_real or name_comment');
  if (![2048, 3072, 4096].includes(Number(length))) throw new HttpProblem(400, 'bad key_length');
  if (typeof expire !== 'string' || !/^\d+[dwmy]?$/.test(expire)) throw new HttpProblem(400, 'bad expire');
  return { realName, email, comment, length: Number(length), expire };
}

/** `<owner>#<project>@<domain>`; the owner may have an `@` before it. */
function isKeyAddress(email: string): boolean {
  const cut = email.indexOf('#');
  if (cut < 0) return false;
  const [owner, rest] = [email.slice(0, cut).replace(/^@/, ''), email.slice(cut + 1)];
  return /^[\w.-]+$/.test(owner) && /^[-\w.@]+$/.test(rest) && rest.split('@').length === 2;
}
