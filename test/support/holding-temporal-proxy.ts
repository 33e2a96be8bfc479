import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Holds, type Hold } from './hold.js';

/** One call of the Temporal API in transit: the method's name, and the request's bytes as Latin-1. */
export type TemporalCall = { readonly method: string; readonly body: string };

export type HoldingTemporalProxy = {
  readonly address: string;
  /** Keeps calls from reaching the server. A call whose client is gone by its release is dropped. */
  readonly hold: (matches: (call: TemporalCall) => boolean) => Hold;
  readonly stop: () => Promise<void>;
};

type Answer = {
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: http2.IncomingHttpHeaders | null;
};

/**
 * A gRPC proxy on loopback in front of a Temporal server (`host:port`). All calls of workers are one request and one
 * answer, so each is read completely and passed on; ids are plain text within the protobuf bytes.
 */
export async function startHoldingTemporalProxy(upstream: string): Promise<HoldingTemporalProxy> {
  const holds = new Holds<TemporalCall>();
  const sessions = new Set<http2.Http2Session>();
  const server = http2.createServer({ settings: { maxConcurrentStreams: 10_000, initialWindowSize: 4 * 1024 * 1024 } });

  server.on('session', (near) => {
    const far = http2.connect(`http://${upstream}`, { settings: { initialWindowSize: 4 * 1024 * 1024 } });
    const end = (): void => {
      sessions.delete(near);
      near.destroy();
      far.destroy();
    };
    sessions.add(near);
    near.on('error', end).on('close', end);
    far.on('error', end).on('close', end);
    // The server closes connections from time to time; calls under way on them still get their answers.
    far.on('goaway', () => {
      near.close();
      far.close();
    });
    near.on('stream', (stream, headers) => {
      stream.on('error', () => undefined); // the client went away: there is nobody to tell
      void handOn(far, stream, headers).catch(() => stream.close(http2.constants.NGHTTP2_CANCEL));
    });
  });

  async function handOn(
    far: http2.ClientHttp2Session,
    stream: http2.ServerHttp2Stream,
    headers: http2.IncomingHttpHeaders,
  ): Promise<void> {
    const body = await readAll(stream);
    const method = (headers[':path'] ?? '').split('/').at(-1) ?? '';
    await holds.pass({ method, body: textOf(body) });
    if (stream.destroyed || stream.closed) return;
    const answer = await ask(far, stream, headers, body);
    if (isGone(stream)) return;
    if (answer.trailers === null) {
      stream.respond(withoutConnection(answer.headers), { endStream: answer.body.length === 0 });
      if (answer.body.length > 0) stream.end(answer.body);
      return;
    }
    const { trailers } = answer;
    stream.respond(withoutConnection(answer.headers), { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(answer.body);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (matches) => holds.add(matches),
    stop: async () => {
      server.close();
      for (const session of sessions) session.destroy();
      await once(server, 'close');
    },
  };
}

/** A gRPC message after its five bytes of length; the first of them says whether it is compressed. */
function textOf(body: Buffer): string {
  const message = body.subarray(5);
  return (body[0] === 1 ? gunzipSync(message) : message).toString('latin1');
}

/** Checked each time, because a client may leave while its call is under way. */
function isGone(stream: http2.ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed;
}

async function ask(
  far: http2.ClientHttp2Session,
  near: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  body: Buffer,
): Promise<Answer> {
  const call = far.request(withoutConnection(headers));
  near.once('close', () => call.close(http2.constants.NGHTTP2_CANCEL));
  let trailers: http2.IncomingHttpHeaders | null = null;
  call.on('trailers', (given: http2.IncomingHttpHeaders) => {
    trailers = given;
  });
  const answered = once(call, 'response');
  call.end(body);
  const [first] = (await answered) as unknown[];
  const answer = await readAll(call);
  return { headers: first as http2.IncomingHttpHeaders, body: answer, trailers };
}

function withoutConnection(headers: http2.IncomingHttpHeaders): http2.OutgoingHttpHeaders {
  const rest: http2.OutgoingHttpHeaders = { ...headers };
  delete rest.connection;
  delete rest.host;
  return rest;
}

async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
