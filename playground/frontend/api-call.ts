import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { isSafeName } from '../../src/domain/names/safe-name.js';
import { HttpProblem, readBody, sendText } from '../loopback/http-service.js';
import type { CompsFiles } from './comps-files.js';
import type { DistGit } from './dist-git.js';
import { machineChroot } from './projects.js';
import type { Store } from './store.js';
import type { Addresses } from './task-records.js';
import type { Uploads } from './uploads.js';

/** The data of the frontend's API for people. */
export type ApiContext = {
  readonly store: Store;
  readonly uploads: Uploads;
  readonly comps: CompsFiles;
  readonly distGit: DistGit;
  readonly addresses: () => Addresses;
};

export type ApiCall = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: ApiContext;
};
/** `args` are the segments in place of each `*` of the path. */
export type Endpoint = (call: ApiCall, args: readonly string[]) => Promise<void> | void;
/** Method and path below `/api`; `*` stands for one segment. */
export type EndpointRow = readonly [method: string, path: string, endpoint: Endpoint];

const BODY_LIMIT = 64 * 1024 * 1024;

/** A name of an owner or a project in a request. */
export const SafeName = z.string().refine((name) => isSafeName(name) && !name.includes(':'), {
  error: 'must be a plain name: letters, digits and _+.~^-, an owner may begin with @',
});
export const ChrootName = z.string().refine((name) => isSafeName(name) && /^[^-].*-[^-]+-[^-]+$/.test(name), {
  error: `must look like name-version-arch, for example ${machineChroot()}`,
});

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  sendText(response, status, `${JSON.stringify(value, null, 1)}\n`, 'application/json');
}

/** Sends an API error: what is wrong and what to do. */
export function sendApiProblem(response: ServerResponse, problem: HttpProblem): void {
  sendJson(response, { error: problem.message }, problem.status);
}

/** The body parsed with `schema`; throws 400 that names what does not fit. */
export async function readWanted<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const text = (await readBody(request, BODY_LIMIT)).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new HttpProblem(400, 'the body must be JSON');
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new HttpProblem(400, z.prettifyError(parsed.error));
  return parsed.data;
}
