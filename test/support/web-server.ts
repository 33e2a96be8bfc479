import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deployedFiles } from '../../src/adapters/deployment/deployed-files.js';
import { findOnPath } from './find-on-path.js';
import { freePorts } from './free-ports.js';

/** A web server with our file for it; `url` is that of the results tree. */
export type WebServer = { readonly url: string; readonly stop: () => Promise<void> };

/** The program with the arguments that keep it in the foreground, and a configuration that includes ours. */
const SERVERS: Readonly<
  Record<
    string,
    { readonly args: (place: string) => readonly string[]; readonly text: (port: number, place: string) => string }
  >
> = {
  nginx: {
    args: (place) => ['-p', place, '-e', 'stderr', '-c', join(place, 'main.conf')],
    text: (port, place) => `daemon off; master_process off; pid ${place}/pid; error_log stderr;
      events { }
      http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${place}/${name};`)
        .join(' ')}
        server { listen 127.0.0.1:${port}; include ${place}/ours.conf; } }\n`,
  },
  lighttpd: {
    args: (place) => ['-D', '-f', join(place, 'main.conf'), ...modulesOf(process.env['LIGHTTPD_MODULES'])],
    text: (port, place) =>
      `server.bind = "127.0.0.1"\nserver.port = ${port}\nserver.modules = ( )\ninclude "${place}/ours.conf"\n`,
  },
};

/** Web servers that we have a file for. */
export const WEB_SERVERS: readonly string[] = Object.keys(SERVERS);

/**
 * Starts a web server for the results tree `<directory>/public_html/results`, with its own files beside. Null: it is not
 * on this machine.
 */
export async function startWebServer(
  name: string,
  directory: string,
  pulpContent: string | null,
): Promise<WebServer | null> {
  const known = SERVERS[name];
  const program = await findOnPath(name).catch(() => null);
  if (known === undefined || program === null) return null;
  const { args, text } = known;
  // The workers of a server that root starts are others.
  await chmod(directory, 0o755);
  const place = join(directory, name);
  const { port } = await freePorts(['port']);
  const destdir = join(directory, 'public_html/results');
  const facts = { node: '/usr/bin/node', stateDir: '/var/lib/x', logDir: '/var/log/x', obsSign: null, cron: false };
  const ours = deployedFiles({ ...facts, destdir, pulpContent });
  const file = ours.find(({ path }) => path === `/etc/copr/web/${name}.conf`);
  await writeDeep(join(place, 'ours.conf'), file?.text ?? '');
  await writeDeep(join(place, 'main.conf'), text(port, place));
  const server = spawn(program, args(place), { stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}/results`;
  for (const until = Date.now() + 20_000; ;) {
    const isUp = await fetch(url).then(Boolean, () => false);
    if (isUp) break;
    assert.ok(server.exitCode === null && Date.now() < until, `${name} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    stop: async () => {
      if (server.exitCode === null && server.kill()) await once(server, 'exit');
    },
  };
}

/** lighttpd of an unpacked package does not find its own modules. */
function modulesOf(directory: string | undefined): readonly string[] {
  return directory === undefined ? [] : ['-m', directory];
}

/** Writes a file in a directory that may be missing. */
export async function writeDeep(file: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
