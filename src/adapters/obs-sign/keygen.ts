import { PortFailure } from '../../ports/port-failure.js';
import { createHttpClient, HttpFailure, type HttpAnswer } from '../http/request.js';

/** The service that makes keys for signd. */
export type Keygen = {
  /** Resolves when the service says that the key exists; `isNew`: this request created it. */
  readonly request: (
    identity: { readonly realName: string; readonly email: string },
    options?: { readonly signal?: AbortSignal | undefined },
  ) => Promise<{ readonly isNew: boolean }>;
  /** Resolves when the service answers; makes nothing. Rejects with `SignerUnavailable`. */
  readonly ping: () => Promise<void>;
  readonly close: () => void;
};

/**
 * Creating a key takes as long as gathering entropy; servers allow 300 s for it (docs/neighbours/signing.md#keygen).
 */
const TIMEOUT_MS = 300_000;
const MAX_ANSWER = 64 * 1024;

/**
 * copr-keygen over HTTP (docs/neighbours/signing.md#keygen). A request may be repeated: the second answer is 200.
 * Rejects with `KeygenRefused` if the service says that the request is wrong, and with `SignerUnavailable` (retryable)
 * otherwise.
 */
export function createKeygen(deps: { readonly host: string; readonly timeoutMs?: number }): Keygen {
  const client = createHttpClient({ timeoutMs: deps.timeoutMs ?? TIMEOUT_MS });
  const url = new URL(`http://${deps.host}/gen_key`);
  const unanswered = (error: unknown): never => {
    if (!(error instanceof HttpFailure)) throw error;
    throw unavailable(`the keygen service at ${deps.host} gave no answer: ${error.message}`, error);
  };
  return {
    request: async ({ realName, email }, options) => {
      const body = JSON.stringify({ name_real: realName, name_email: email });
      const answer = await client
        .request({
          ...{ method: 'POST' as const, url, body, maxBytes: MAX_ANSWER },
          headers: { 'content-type': 'application/json' },
          ...(options?.signal === undefined ? {} : { signal: options.signal }),
        })
        .catch(unanswered);
      if (answer.status === 201 || answer.status === 200) return { isNew: answer.status === 201 };
      const said = `the keygen service at ${deps.host} answered ${answer.status} for ${email}: ${firstLine(answer)}`;
      // Any other answer says nothing about this key (a wrong address, a server in trouble), so no build fails because
      // of it.
      if (answer.status !== 400) throw unavailable(said);
      throw new PortFailure('KeygenRefused', said);
    },
    ping: async () => {
      const ping = { method: 'GET', url: new URL('/ping', url), maxBytes: MAX_ANSWER } as const;
      const answer = await client.request(ping).catch(unanswered);
      if (answer.status !== 200)
        throw unavailable(`the keygen service at ${deps.host} answered ${answer.status}: ${firstLine(answer)}`);
    },
    close: () => client.close(),
  };
}

function unavailable(message: string, cause?: unknown): PortFailure {
  return new PortFailure('SignerUnavailable', message, cause === undefined ? {} : { cause });
}

function firstLine(answer: HttpAnswer): string {
  return answer.body.toString('utf8').trim().split('\n')[0]?.slice(0, 200) ?? '';
}
