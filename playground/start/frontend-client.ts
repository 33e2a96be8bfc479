import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A build in the frontend's list, with the fields that the launcher shows. */
export type BuildSummary = {
  readonly id: number;
  readonly owner: string;
  readonly project: string;
  readonly package: string | null;
  readonly state: string;
  readonly over: boolean;
  readonly sourceState: string;
  readonly chrootStates: Readonly<Record<string, string>>;
};

export type FrontendClient = {
  readonly builds: () => Promise<readonly BuildSummary[]>;
  /** The file with which a build was submitted. */
  readonly fileOf: (buildId: number) => Promise<string>;
  /** Uploads a directory's files and asks for a build of its .spec or .src.rpm; returns the build's id. */
  readonly submit: (
    directory: string,
    project: { readonly owner: string; readonly project: string; readonly storage?: 'backend' | 'pulp' },
  ) => Promise<number>;
};

const TIMEOUT_MS = 30_000;

/** The frontend's API for people, used over HTTP like everybody else. */
export function createFrontendClient(frontendUrl: string): FrontendClient {
  async function call<T>(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>): Promise<T> {
    const answer = await fetch(`${frontendUrl}/api/${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(`the frontend refused ${method} /api/${path}: ${answer.status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  }

  return {
    builds: () => call('GET', 'builds'),
    fileOf: async (buildId) => (await call<{ readonly file: string }>('GET', `builds/${buildId}`)).file,
    submit: async (directory, project) => {
      const files = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isFile());
      const file = mainFile(files.map((entry) => entry.name));
      if (file === null) throw new Error(`${directory} has neither a .spec nor a .src.rpm`);
      const { id: upload } = await call<{ readonly id: string }>('POST', 'uploads');
      for (const { name } of files) {
        await call(
          'PUT',
          `uploads/${upload}/${encodeURIComponent(name)}`,
          new Uint8Array(await readFile(join(directory, name))),
        );
      }
      const build = await call<{ readonly id: number }>('POST', 'builds', JSON.stringify({ upload, file, ...project }));
      return build.id;
    },
  };
}

/** The file that defines what to build. */
export function mainFile(names: readonly string[]): string | null {
  return names.find((name) => name.endsWith('.spec')) ?? names.find((name) => name.endsWith('.src.rpm')) ?? null;
}
