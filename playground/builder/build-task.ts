import { z } from 'zod';
import { isSourceName } from '../loopback/source-name.js';

const Name = z.string().regex(/^[A-Za-z0-9_.+~-]+$/);

/** The fields of a source task that the builder reads (docs/neighbours/frontend.md#task-records). */
const SourceTask = z.object({
  source_type: z.number(),
  source_json: z.string(),
  distributions_in_project: z.array(Name),
  distributions_in_build: z.array(Name).default([]),
});

/** The fields of an RPM task that the builder reads (docs/neighbours/frontend.md#task-records). */
const RpmTask = z.object({
  git_repo: z.url(),
  git_hash: z.string().regex(/^[0-9a-f]{40}$/),
  package_name: Name,
  timeout: z.number().positive(),
});

const LinkSource = z.object({ url: z.url() });

/** The work of one build: everything that the script needs, fetched before it starts. */
export type BuildPlan =
  | {
      readonly kind: 'source';
      /** The file to build from, a .spec or a .src.rpm, and the files needed beside it. */
      readonly url: string;
      readonly besides: readonly string[];
      readonly distributions: readonly string[];
      readonly timeout: number;
    }
  | { readonly kind: 'rpm'; readonly url: string; readonly sha1: string; readonly timeout: number };

/** The plan with the unchanged task, for the log; or the reason why there is none. */
export type PlannedBuild =
  { readonly task: unknown; readonly plan: BuildPlan } | { readonly task: unknown; readonly problem: string };

const TRIES = 5;
const SOURCE_TIMEOUT = 18_000;
const UPLOAD = 2;
const LINK = 1;

/** Reads the task from the frontend and makes the plan. Never rejects: a problem becomes an answer for the log. */
export async function planBuild(taskUrl: string, isSource: boolean): Promise<PlannedBuild> {
  let task: unknown = null;
  try {
    task = await fetchJson(taskUrl);
    if (task === null) return { task, problem: 'the frontend has no such task' };
    return { task, plan: isSource ? await planSource(SourceTask.parse(task)) : planRpm(RpmTask.parse(task)) };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return { task, problem: `the task cannot be built: ${reason}` };
  }
}

function planRpm(task: z.infer<typeof RpmTask>): BuildPlan {
  return {
    kind: 'rpm',
    url: `${task.git_repo.replace(/\/+$/, '')}/${task.git_hash}.src.rpm`,
    sha1: task.git_hash,
    timeout: Math.ceil(task.timeout),
  };
}

async function planSource(task: z.infer<typeof SourceTask>): Promise<BuildPlan> {
  if (task.source_type !== UPLOAD && task.source_type !== LINK) {
    throw new Error(
      `source type ${task.source_type} needs the real copr-rpmbuild; this builder takes uploads and links`,
    );
  }
  const { url } = LinkSource.parse(JSON.parse(task.source_json));
  return {
    kind: 'source',
    url,
    besides: url.endsWith('.spec') && task.source_type === UPLOAD ? await neighbours(url) : [],
    distributions: [...new Set([...task.distributions_in_project, ...task.distributions_in_build])].sort(),
    timeout: SOURCE_TIMEOUT,
  };
}

/** URLs of the other files of an upload. */
async function neighbours(url: string): Promise<string[]> {
  const listing = new URL('./', url);
  const names = z
    .array(z.string().refine(isSourceName, 'is not a name of a source'))
    .parse(await fetchJson(listing.href));
  return names.map((name) => new URL(encodeURIComponent(name), listing).href).filter((other) => other !== url);
}

/** An answer other than success; retrying does not change a final one. */
class Refusal extends Error {
  readonly isFinal: boolean;
  constructor(message: string, isFinal: boolean) {
    super(message);
    this.isFinal = isFinal;
  }
}

async function fetchJson(url: string): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      if (response.ok) return await response.json();
      throw new Refusal(`${url} answers ${response.status}`, response.status < 500);
    } catch (error) {
      if (attempt === TRIES || (error instanceof Refusal && error.isFinal)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * attempt));
    }
  }
}
