import { isFailureCode, type FailureCode } from './failure-codes.js';

/** Systems that work can wait for; the label of `copr_oldest_wait_seconds`. */
export const OUTSIDE_SYSTEMS = [
  'frontend',
  'resalloc',
  'builder',
  'signer',
  'storage',
  'repository',
  'pulp',
  'backend',
] as const;
export type OutsideSystem = (typeof OUTSIDE_SYSTEMS)[number];

const SYSTEMS: Partial<Readonly<Record<FailureCode, OutsideSystem>>> = {
  FrontendUnavailable: 'frontend',
  FrontendRefused: 'frontend',
  FrontendTooOld: 'frontend',
  ResallocUnavailable: 'resalloc',
  TicketClerkUnavailable: 'backend',
  SignerUnavailable: 'signer',
  SigningFailed: 'signer',
  StorageFailed: 'storage',
  RepositoryFailed: 'repository',
  PackageUnreadable: 'repository',
  PulpUnavailable: 'pulp',
  PulpUnconfigured: 'pulp',
  PulpRefused: 'pulp',
  PulpTaskFailed: 'pulp',
  BackendDefect: 'backend',
};

/**
 * The system that a failed attempt waits for before its retry; null: none (the failure is about a builder or the
 * package).
 */
export function waitedFor(code: string | undefined): OutsideSystem | null {
  return (isFailureCode(code) ? SYSTEMS[code] : undefined) ?? null;
}
