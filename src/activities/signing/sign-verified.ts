import type { Signer } from '../../ports/signing/signer.js';

type Request = Parameters<Signer['sign']>[0];

/**
 * Signs files that lack a good signature and verifies all files, including those that others signed: nothing is
 * published on the signer's word alone. Resolves with the number of files signed now; rejects like the signer.
 */
export async function signVerified(signer: Pick<Signer, 'sign' | 'verify'>, request: Request): Promise<number> {
  const signed = await signer.sign(request);
  await signer.verify(request);
  return signed;
}
