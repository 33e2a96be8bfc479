import type { z } from 'zod';
import type { BuilderPool } from '../../ports/build/builder-pool.js';
import type { TicketNotes } from '../../ports/build/ticket-notes.js';
import type { Resalloc } from '../resalloc-xmlrpc/builder-pool.js';
import { ClerkConnection } from './clerk-connection.js';
import { clerkDirectory } from './clerk-directory.js';
import { clerkTrouble } from './clerk-trouble.js';
import { DueAnswer, TakeAnswer } from './exchange.js';
import { createClerkStarter } from './start-clerk.js';

/**
 * A pool whose tickets are taken by the ticket clerk of this host (docs/decisions/0043), so that none is lost with the
 * worker that asked for it. Everything else goes to Resalloc directly.
 */
export function createClerkedPool(options: {
  readonly resalloc: Resalloc;
  /** URL of that Resalloc; the clerk must use the same. */
  readonly url: string;
  readonly stateDir: string;
  /** The program that node runs to start a clerk, with the two values above. */
  readonly program: string;
}): {
  readonly pool: BuilderPool;
  readonly notes: TicketNotes;
  readonly close: () => Promise<void>;
} {
  const { resalloc, url, stateDir, program } = options;
  const directory = clerkDirectory(stateDir);
  const clerk = new ClerkConnection(directory, createClerkStarter(directory, { program, args: [stateDir, url] }));
  return {
    pool: {
      take: async ({ claim, tags, sandbox }) => {
        const request = { call: 'take' as const, from: url, claim, tags: [...tags], sandbox };
        return read(TakeAnswer, await clerk.ask(request)).ticket;
      },
      collect: (ticket) => resalloc.collect(ticket),
      close: async (ticket) => {
        await resalloc.close(ticket);
        clerk.tell({ call: 'closed', ticket });
      },
    },
    notes: { due: async () => read(DueAnswer, await clerk.ask({ call: 'due' })) },
    close: () => clerk.leave(),
  };
}

function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw clerkTrouble('it is of another version; restart all workers of this host, and its ticket clerk');
}
