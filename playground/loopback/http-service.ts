import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from './log-line.js';

/** A listening server; `close` also ends its connections. */
export type RunningService = {
  readonly url: string;
  readonly port: number;
  readonly close: () => Promise<void>;
};

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** An answer other than success, thrown by a handler and sent by the server. */
export class HttpProblem extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'HttpProblem';
    this.status = status;
  }
}

/** Listens on loopback (port 0: any free one). Errors thrown by a handler become plain text. */
export async function serveHttp(options: {
  readonly port: number;
  readonly host?: string;
  readonly handle: HttpHandler;
  readonly log: Log;
}): Promise<RunningService> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer((request, response) => {
    void options.handle(request, response).catch((error: unknown) => {
      const problem = error instanceof HttpProblem ? error : new HttpProblem(500, 'internal error');
      if (!(error instanceof HttpProblem)) {
        options.log(`${request.method ?? '?'} ${request.url ?? '?'} failed: ${String(error)}`);
      }
      if (response.headersSent) response.destroy();
      else sendText(response, problem.status, `${problem.message}\n`);
      request.resume();
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Sends text with its length. */
export function sendText(
  response: ServerResponse,
  status: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': bytes.length });
  response.end(bytes);
}

/** Path and query of a request; the host part is ignored. */
export function requestUrl(request: IncomingMessage): URL {
  const target = request.url ?? '/';
  return new URL(`http://localhost${target.startsWith('/') ? target : '/'}`);
}

/** Decoded, non-empty segments of a path; null if one of them hides a separator or is not UTF-8. */
export function pathSegments(path: string): string[] | null {
  try {
    const segments = path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    // eslint-disable-next-line no-control-regex -- a NUL would end the path early for the system
    return segments.some((part) => /[/\u0000]/.test(part) || part === '..' || part === '.') ? null : segments;
  } catch {
    return null;
  }
}

/** The whole body; throws 413 above `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new HttpProblem(413, `the body is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
