import { join } from 'node:path';
import type { Service } from '../../playground/start/supervisor.js';

/** The pool starts its builders as plain programs, so it gets the compiled form of the scripted one. */
export function withCompiledBuilders(service: Service, root: string): Service {
  const program = join(root, 'dist/bench/stand-ins/builder.js');
  const args = service.args.map((word, at) => (service.args[at - 1] === '--builder-program' ? program : word));
  return { ...service, args };
}
