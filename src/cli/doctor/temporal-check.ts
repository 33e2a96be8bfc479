import { withClient, type OpenClient, type TemporalPlace } from '../../starters/connect.js';
import { StarterFailure } from '../../starters/starter-failure.js';
import {
  lookAtNamespace,
  lookAtQueues,
  missingAttributes,
  temporalClockAhead,
  type QueueLook,
} from '../../starters/temporal-look.js';
import { failed, ok, type Check, type Verdict, warning } from './check.js';
import { clockVerdict } from './clock.js';
import type { ExaminedHost } from './examined-host.js';

const ABOUT = 'temporal';
/** Of commands that ask Temporal once. */
const SHORT_RETENTION_DAYS = 1;

/** Namespace, search attributes, workers on each queue, and the clock. */
export function temporalCheck(
  { config, configFile }: ExaminedHost,
  options: { readonly wantsWorkers: boolean },
): Check {
  const { file, profile } = config.temporalProfile;
  const place: TemporalPlace = { profileFile: file, profile, namespace: config.temporalNamespace };
  const remedy = `systemctl status temporal on its host; the address is in the profile that temporal_profile in ${configFile} names`;
  return {
    about: ABOUT,
    ifSilent: remedy,
    run: async (signal) => {
      try {
        return await withClient(place, (open) => look(open, { signal, storage: config.storageName, ...options }));
      } catch (error) {
        if (error instanceof StarterFailure) return [failed(ABOUT, error.message, remedy)];
        throw error;
      }
    },
  };
}

async function look(
  open: OpenClient,
  options: { readonly signal: AbortSignal; readonly storage: string; readonly wantsWorkers: boolean },
): Promise<readonly Verdict[]> {
  const { namespace } = open;
  const end = (): void => void open.close();
  options.signal.addEventListener('abort', end, { once: true });
  try {
    const found = await lookAtNamespace(open);
    if (found.state === 'absent') {
      const create = `temporal operator namespace create --namespace ${namespace} --retention 7d`;
      return [failed(ABOUT, `it answers, and has no namespace ${namespace}`, create)];
    }
    const there =
      found.retentionDays < SHORT_RETENTION_DAYS
        ? warning(
            ABOUT,
            `namespace ${namespace} forgets ended builds within a day`,
            `temporal operator namespace update --namespace ${namespace} --retention 7d`,
          )
        : ok(ABOUT, `server ${found.server}, namespace ${namespace}`);
    const [missing, queues, ahead] = await Promise.all([
      missingAttributes(open),
      lookAtQueues(open, options.storage),
      temporalClockAhead(open, options),
    ]);
    return [
      there,
      attributesVerdict(namespace, missing),
      ...(options.wantsWorkers ? [queuesVerdict(queues)] : []),
      clockVerdict("Temporal's clock", ahead),
    ];
  } finally {
    options.signal.removeEventListener('abort', end);
  }
}

function attributesVerdict(namespace: string, missing: readonly string[]): Verdict {
  const about = 'search attributes';
  if (missing.length === 0) return ok(about, 'are all registered');
  const names = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
  return failed(
    about,
    `not there, or of another type: ${missing.join(', ')}`,
    `temporal operator search-attribute create --namespace ${namespace} ${names}`,
  );
}

function queuesVerdict(queues: readonly QueueLook[]): Verdict {
  const about = 'workers';
  const idle = queues.filter(({ workers }) => workers === 0).map(({ queue }) => queue);
  if (idle.length === 0) return ok(about, queues.map(({ queue, workers }) => `${queue} ${workers}`).join(', '));
  return failed(
    about,
    `nobody works on ${idle.join(', ')}`,
    'systemctl start copr-backend.target (temporal/README.md says which service works on which queue)',
  );
}
