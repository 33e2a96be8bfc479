import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { chmodSync } from 'node:fs';

/** A directory of one test, reachable for the build user. */
export function makeTemporaryDirectory(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'copr-playground-test-'));
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** A key pair; returns the private key's path, the public one has `.pub` behind it. */
export function makeKeyPair(directory: string): string {
  const path = join(directory, 'id_ed25519');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
  return path;
}

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** Options of OpenSSH's client for a builder. */
export function sshOptions(key: string, port: number): readonly string[] {
  const settings = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'];
  return ['-F', '/dev/null', '-i', key, '-p', String(port), ...settings.flatMap((setting) => ['-o', setting])];
}

/** The parsed answer of an HTTP call, with what tests look at. */
export async function call(
  url: string,
  options: { readonly method?: string; readonly body?: unknown; readonly password?: string } = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string; readonly json: unknown }> {
  const headers: Record<string, string> = {};
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  if (options.password !== undefined) {
    headers['authorization'] = `Basic ${Buffer.from(`anyone:${options.password}`).toString('base64')}`;
  }
  const response = await fetch(url, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers,
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** Uploads files and asks for a build of the first one; returns its number. */
export async function submitFiles(
  frontendUrl: string,
  paths: readonly string[],
  options: Record<string, unknown> = {},
): Promise<number> {
  const upload = (await call(`${frontendUrl}/api/uploads`, { method: 'POST' })).json as { id: string };
  for (const path of paths) {
    const url = `${frontendUrl}/api/uploads/${upload.id}/${encodeURIComponent(basename(path))}`;
    const stored = await fetch(url, { method: 'PUT', body: new Uint8Array(readFileSync(path)) });
    if (!stored.ok) throw new Error(await stored.text());
  }
  const answer = await call(`${frontendUrl}/api/builds`, {
    body: { upload: upload.id, file: basename(paths[0] ?? ''), owner: 'jdoe', project: 'hello', ...options },
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return (answer.json as { id: number }).id;
}

/** Files of an example, the spec first. */
export function exampleFiles(name: string): readonly string[] {
  const directory = join(import.meta.dirname, '..', '..', 'examples', name);
  const names = readdirSync(directory).sort((a, b) => Number(b.endsWith('.spec')) - Number(a.endsWith('.spec')));
  return names.map((file) => join(directory, file));
}

/** Waits for a condition, looking often; fails with what was awaited. */
export async function eventually(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 15_000,
): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
