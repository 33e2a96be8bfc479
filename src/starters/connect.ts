import { Client, Connection } from '@temporalio/client';
import { profileAddress, readTemporalProfile, type TemporalProfile } from '../adapters/temporal/profile.js';
import { queryAgain } from '../adapters/temporal/query-again.js';
import { StarterFailure } from './starter-failure.js';

export type TemporalPlace = {
  /** TOML file with client profiles; null: the SDK's usual places. */
  readonly profileFile: string | null;
  /** Name of the profile in it. */
  readonly profile: string;
  /** Overrides the profile's namespace; null: as the profile says. */
  readonly namespace: string | null;
};

export type OpenClient = {
  readonly client: Client;
  readonly namespace: string;
  readonly close: () => Promise<void>;
};

/**
 * Opens a client for the Temporal in the configuration's profile. Throws StarterFailure: `configuration`,
 * `temporalUnreachable`.
 */
export async function openClient(place: TemporalPlace): Promise<OpenClient> {
  const profile = readProfile(place);
  const address = profileAddress(profile);
  const { tls, apiKey, metadata } = profile.connectionOptions;
  const { namespace } = profile;
  try {
    const connection = await Connection.connect({
      address,
      connectTimeout: 5000,
      ...(tls == null ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    const client = new Client({ connection, namespace, interceptors: { workflow: [queryAgain] } });
    return { client, namespace, close: () => connection.close() };
  } catch (error) {
    throw unreachable(address, error);
  }
}

/** Runs `work` with a client, which is always closed. */
export async function withClient<T>(place: TemporalPlace, work: (open: OpenClient) => Promise<T>): Promise<T> {
  const open = await openClient(place);
  try {
    return await work(open);
  } finally {
    await open.close();
  }
}

function readProfile({ profileFile: file, profile, namespace }: TemporalPlace): TemporalProfile {
  try {
    return readTemporalProfile({ file, profile, namespace });
  } catch (error) {
    const where = file ?? 'the Temporal client profile';
    throw new StarterFailure('configuration', `${where} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

function unreachable(address: string, error: unknown): StarterFailure {
  return new StarterFailure(
    'temporalUnreachable',
    `Temporal does not answer at ${address}: is it running, and is this the address of temporal_profile? (${reasonOf(error)})`,
    { cause: error },
  );
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
