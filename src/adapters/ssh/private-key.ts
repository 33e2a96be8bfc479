import { createPrivateKey, type KeyObject } from 'node:crypto';
import ssh2 from 'ssh2';

/** A private key without a passphrase, in a form that ssh2 reads; or the reason why there is none. */
export type PrivateKey =
  { readonly content: Buffer; readonly publicKey: Buffer } | { readonly unusable: string; readonly content?: never };

/**
 * Reads a private key file in every form that OpenSSH reads: its own, and PEM with any text before the key. ssh2 only
 * reads PEM that begins with an RSA, EC or DSA key: other keys are converted into one of those, Ed25519 into OpenSSH's
 * form.
 */
export function readPrivateKey(content: Buffer): PrivateKey {
  const direct = parse(content);
  if (!(direct instanceof Error)) return direct;
  const text = content.toString('latin1');
  if (/encrypted/i.test(direct.message) || text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----'))
    return { unusable: 'encrypted with a passphrase, which the backend cannot enter' };
  if (text.includes('-----BEGIN OPENSSH PRIVATE KEY-----') || !/-----BEGIN (?:\w+ )?PRIVATE KEY-----/.test(text))
    return { unusable: direct.message };
  const converted = parse(asKnownToSsh2(content));
  return converted instanceof Error ? { unusable: converted.message } : converted;
}

function parse(content: Buffer | Error): Exclude<PrivateKey, { readonly unusable: string }> | Error {
  if (content instanceof Error) return content;
  const parsed = ssh2.utils.parseKey(content);
  if (parsed instanceof Error) return parsed;
  if (!parsed.isPrivateKey()) return new Error('a public key, which only an agent could use');
  return { content, publicKey: parsed.getPublicSSH() };
}

function asKnownToSsh2(content: Buffer): Buffer | Error {
  let key: KeyObject;
  try {
    key = createPrivateKey(content);
  } catch (error) {
    return error as Error;
  }
  const type = key.asymmetricKeyType;
  if (type === 'rsa') return Buffer.from(key.export({ format: 'pem', type: 'pkcs1' }));
  if (type === 'ec') return Buffer.from(key.export({ format: 'pem', type: 'sec1' }));
  if (type === 'ed25519') return openSshEd25519(key);
  return new Error(`a key of type ${type ?? 'unknown'}, which ssh does not know`);
}

/** OpenSSH's own form, without a passphrase (PROTOCOL.key). */
function openSshEd25519(key: KeyObject): Buffer {
  const { x = '', d = '' } = key.export({ format: 'jwk' });
  const [open, secret] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')];
  const type = sized('ssh-ed25519');
  const check = Buffer.alloc(8); // two equal numbers, which reveal a wrong passphrase if there is one
  const body = Buffer.concat([check, type, sized(open), sized(Buffer.concat([secret, open])), sized('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, index) => index + 1));
  const whole = Buffer.concat([
    ...[Buffer.from('openssh-key-v1\0', 'latin1'), sized('none'), sized('none'), sized('')],
    ...[Buffer.from([0, 0, 0, 1]), sized(Buffer.concat([type, sized(open)])), sized(Buffer.concat([body, padding]))],
  ]);
  const lines = whole.toString('base64').replaceAll(/.{70}/g, '$&\n');
  return Buffer.from(`-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`);
}

function sized(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
