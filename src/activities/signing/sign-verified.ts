import type { Signer } from '../../ports/signing/signer.js';

type Request = Parameters<Signer['sign']>[0];

/**
 * Signs what lacks a good signature and has all of the files verified, whoever signed them: nothing is published on the
 * word of the signer alone. Resolves with the number of files that were signed now; rejects as the signer does.
 */
export async function signVerified(signer: Pick<Signer, 'sign' | 'verify'>, request: Request): Promise<number> {
  const signed = await signer.sign(request);
  await signer.verify(request);
  return signed;
}
