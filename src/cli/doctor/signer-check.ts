import path from 'node:path';
import pLimit from 'p-limit';
import { orNull } from '../../adapters/files/storage-failure.js';
import { stat } from 'node:fs/promises';
import { openGnupgHome } from '../../adapters/gpg/gnupg-home.js';
import { createKeygen } from '../../adapters/obs-sign/keygen.js';
import { createSignCommand } from '../../adapters/obs-sign/sign-command.js';
import { keyIdentity } from '../../domain/signing/key-identity.js';
import { PortFailure } from '../../ports/port-failure.js';
import { failed, ok, skipped, type Check, type Verdict } from './check.js';
import type { ExaminedHost } from './examined-host.js';
import { hangRemedy, whyNoAnswer } from './file-system-answer.js';

const ABOUT = 'signer';
const KEYGEN = 'keygen';

/** Starts no agent, and makes no trust database. */
const LIST_KEYS = ['--batch', '--no-autostart', '--trust-model', 'always', '--with-colons', '--list-keys'];

/** Asks signd for a key that nobody has and the key generator for a sign of life, or lists the keys of the host. */
export function signerCheck(host: ExaminedHost): Check {
  const { config, configFile } = host;
  return {
    about: ABOUT,
    ifSilent: `on the signer's host: systemctl status signd; its address is server in /etc/sign.conf`,
    run: async (signal) => {
      if (!config.doSign) return [skipped(ABOUT, `do_sign is off in ${configFile}`)];
      if (config.signer === 'gpg') return [await gpgVerdict(host, signal)];
      return Promise.all([signdVerdict(host, signal), keygenVerdict(host)]);
    },
  };
}

async function signdVerdict({ config, silenceMs }: ExaminedHost, signal: AbortSignal): Promise<Verdict> {
  const { signCommand: program, signDomain } = config;
  const user = keyIdentity({ owner: 'doctor', project: 'doctor' }, signDomain).email;
  const sign = createSignCommand({ program, limits: { callMs: silenceMs, packageMs: 0 }, limit: pLimit(1) });
  try {
    await sign({ user, args: ['-u', user, '-p'], signal });
    return ok(ABOUT, 'signd answers');
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    if (error.code === 'SigningKeyMissing') return ok(ABOUT, 'signd answers');
    return failed(
      ABOUT,
      error.message,
      `as this user: ${program} -u '${user}' -p; server in /etc/sign.conf, and allow and allowuser in signd's own`,
    );
  }
}

async function keygenVerdict({ config, configFile, silenceMs }: ExaminedHost): Promise<Verdict> {
  const { keygenHost: host } = config;
  const keygen = createKeygen({ host, timeoutMs: silenceMs });
  try {
    await keygen.ping();
    return ok(KEYGEN, `${host} answers`);
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    return failed(KEYGEN, error.message, `curl -sS http://${host}/ping; the address is keygen_host in ${configFile}`);
  } finally {
    keygen.close();
  }
}

/** The workers use this home at the same time: neither their gpg-agent nor a file of it is touched. */
async function gpgVerdict({ config, silenceMs }: ExaminedHost, signal: AbortSignal): Promise<Verdict> {
  const directory = path.join(config.stateDir, 'gnupg');
  const why = await whyNoAnswer(config.stateDir, { silenceMs, signal });
  if (why !== null) return failed(ABOUT, why, hangRemedy(config.stateDir));
  if (!(await hasKeyring(directory))) return ok(ABOUT, `no keys yet in ${directory}`);
  const home = openGnupgHome(directory, { endsAgent: false });
  try {
    const listed = await home.run('gpg', LIST_KEYS, { signal, timeoutMs: silenceMs });
    if (listed.code === 0) return ok(ABOUT, `${listed.stdout.match(/^pub:/gm)?.length ?? 0} keys in ${directory}`);
    return failed(ABOUT, listed.summary, `ls -ld ${directory}: it must be 0700 and belong to the service's user`);
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    return failed(ABOUT, error.message, 'dnf install gnupg2, or apt-get install gpg gpg-agent');
  } finally {
    await home.close();
  }
}

/** False if gpg would make an empty keyring there. */
async function hasKeyring(directory: string): Promise<boolean> {
  for (const name of ['pubring.kbx', 'pubring.gpg', 'public-keys.d'])
    if ((await orNull(stat(path.join(directory, name)))) !== null) return true;
  return false;
}
