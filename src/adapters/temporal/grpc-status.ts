import { isGrpcServiceError } from '@temporalio/client';

/** Numbers of gRPC's status codes (google.rpc.Code) that mean something to us. */
const CODES = { invalidArgument: 3, notFound: 5, failedPrecondition: 9, unavailable: 14 } as const;

/** True if the server, or the connection to it, answered a call with this status. */
export function hasGrpcStatus(
  error: unknown,
  status: keyof typeof CODES,
): error is Error & { readonly details: string } {
  return isGrpcServiceError(error) && (error.code as number) === CODES[status];
}
