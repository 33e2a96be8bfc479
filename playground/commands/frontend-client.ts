import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** An expected end of a command: a line for people and an exit status. */
export class CommandEnd extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'CommandEnd';
    this.status = status;
  }
}

export const EXIT = { succeeded: 0, failed: 1, usage: 2, unreachable: 4 } as const;

const Addresses = z.object({ frontendUrl: z.url() });

/** Address of the frontend: as given, or as the launcher wrote it into the data directory. */
export function findFrontend(options: { readonly frontend?: string; readonly data: string }): string {
  if (options.frontend !== undefined) return options.frontend.replace(/\/+$/, '');
  const path = join(options.data, 'playground.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new CommandEnd(
      EXIT.unreachable,
      `no playground runs on ${options.data} (${path} is missing): start one with \`npm start\`, or name it with --data or --frontend`,
    );
  }
  return Addresses.parse(JSON.parse(text)).frontendUrl.replace(/\/+$/, '');
}

const Task = z.object({ state: z.string(), resultUrl: z.string().nullable() });

const BuildSummary = z.object({
  id: z.number(),
  owner: z.string(),
  project: z.string(),
  package: z.string().nullable(),
  version: z.string().nullable(),
  state: z.string(),
  over: z.boolean(),
  chrootStates: z.record(z.string(), z.string()),
});

const BuildView = BuildSummary.extend({
  source: Task,
  importError: z.string().nullable(),
  chroots: z.array(Task.extend({ name: z.string(), reason: z.string().nullable(), repoFileUrl: z.string() })),
});
const ActionView = z.looseObject({
  id: z.number(),
  action_type: z.number(),
  object_type: z.string().nullable(),
  /** 0: nobody has reported it yet; 1 succeeded, 2 failed. */
  result: z.number(),
  message: z.string().nullable(),
});
export type ActionView = z.infer<typeof ActionView>;
export type BuildView = z.infer<typeof BuildView>;
export type BuildSummary = z.infer<typeof BuildSummary>;

/** The frontend's own API as used by people's commands; every refusal is a CommandEnd. */
export type FrontendClient = {
  readonly upload: (files: readonly { readonly name: string; readonly path: string }[]) => Promise<string>;
  readonly createBuild: (request: object) => Promise<BuildView>;
  readonly build: (id: string) => Promise<BuildView>;
  readonly builds: () => Promise<readonly BuildSummary[]>;
  /** Builds the sources of an earlier build again; with keys, the builder is kept for their owner. */
  readonly rebuild: (id: string, sshPublicKeys?: string) => Promise<BuildView>;
  readonly cancel: (id: string) => Promise<BuildView>;
  /** Requests something that the backend gets as actions: `path` is below `/api`, an object is sent as JSON. */
  readonly act: (
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object | Buffer,
  ) => Promise<readonly ActionView[]>;
  readonly action: (id: number) => Promise<ActionView>;
};

export function createFrontendClient(url: string): FrontendClient {
  const call = async (method: string, path: string, body?: string | Buffer): Promise<unknown> => {
    const request = { method, signal: AbortSignal.timeout(30_000), ...(body === undefined ? {} : { body }) };
    const response = await fetch(`${url}/api/${path}`, request).catch(() => {
      throw new CommandEnd(EXIT.unreachable, `the frontend at ${url} does not answer: is the playground running?`);
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    const problem = z.object({ error: z.string() }).safeParse(answer);
    const message = problem.success ? problem.data.error : `the frontend answers ${response.status}`;
    throw new CommandEnd(response.status >= 500 ? EXIT.unreachable : EXIT.usage, message);
  };
  return {
    upload: async (files) => {
      const { id } = z.object({ id: z.string() }).parse(await call('POST', 'uploads'));
      for (const { name, path } of files) {
        await call('PUT', `uploads/${id}/${encodeURIComponent(name)}`, readFileSync(path));
      }
      return id;
    },
    createBuild: async (request) => BuildView.parse(await call('POST', 'builds', JSON.stringify(request))),
    build: async (id) => BuildView.parse(await call('GET', `builds/${encodeURIComponent(id)}`)),
    builds: async () => z.array(BuildSummary).parse(await call('GET', 'builds')),
    rebuild: async (id, sshPublicKeys) => {
      const body = JSON.stringify({ sshPublicKeys });
      return BuildView.parse(await call('POST', `builds/${encodeURIComponent(id)}/rebuild`, body));
    },
    cancel: async (id) => BuildView.parse(await call('POST', `builds/${encodeURIComponent(id)}/cancel`)),
    act: async (method, path, body) => {
      const sent = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      return z.array(ActionView).parse(await call(method, path, sent));
    },
    action: async (id) => ActionView.parse(await call('GET', `actions/${id}`)),
  };
}
