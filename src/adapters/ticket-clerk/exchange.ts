import type { Socket } from 'node:net';
import { z } from 'zod';
import { isFailureCode, type FailureCode } from '../../contracts/failures/failure-codes.js';

/**
 * Messages between a worker and the clerk: one JSON object per line. Fields may be added; a new meaning needs a new
 * `call`.
 */
const Id = z.int().min(0);
const Ticket = z.int().min(1);

export const Claim = z.object({
  workflowId: z.string().min(1).max(2000),
  runId: z.string().min(1).max(200),
  activityId: z.string().min(1).max(1000),
});

export const ClerkRequest = z.discriminatedUnion('call', [
  z.object({
    id: Id,
    call: z.literal('take'),
    /** Address of the Resalloc that the worker knows. */
    from: z.string(),
    claim: Claim,
    tags: z.array(z.string()),
    sandbox: z.string().nullable(),
  }),
  z.object({ id: Id, call: z.literal('due') }),
  /** The ticket is closed; not answered. */
  z.object({ id: Id, call: z.literal('closed'), ticket: Ticket }),
  /** The worker ends and no other will take over its work soon; not answered. */
  z.object({ id: Id, call: z.literal('leave') }),
]);
export type ClerkRequest = z.infer<typeof ClerkRequest>;

export const TakeAnswer = z.object({ ticket: Ticket });
export const Suspects = z.object({ tickets: z.array(Ticket), isCut: z.boolean() });
export const DueAnswer = z.object({
  notes: z.array(z.object({ claim: Claim, ticket: Ticket })),
  suspects: Suspects,
});

const Code = z.custom<FailureCode>((code) => typeof code === 'string' && isFailureCode(code));
export const ClerkAnswer = z.object({
  id: Id,
  answer: z.unknown().optional(),
  failure: z.object({ code: Code, message: z.string(), retryable: z.boolean() }).optional(),
});
export type ClerkAnswer = z.infer<typeof ClerkAnswer>;

/** A longer line cannot come from one of our programs. */
const MAX_LINE = 4 * 1024 * 1024;

/** Sends one message. It is lost if the other side no longer reads; the end of the connection shows that. */
export function say(socket: Socket, message: ClerkRequest | ClerkAnswer): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Passes each message on. Cuts a connection that sends anything else. */
export function onMessages<T>(socket: Socket, schema: z.ZodType<T>, hear: (message: T) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) socket.destroy();
    for (const line of lines) {
      const message = parse(schema, line);
      if (message === null) socket.destroy();
      else hear(message);
    }
  });
}

function parse<T>(schema: z.ZodType<T>, line: string): T | null {
  try {
    return schema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
