import type { PortFailure } from '../ports/port-failure.js';
import { CommandError, EXIT_STATUS } from './exit-status.js';

/** The end of a command by what a neighbour or the disk refused; a setting that is missing or wrong has its own status. */
export function commandErrorOf(failure: PortFailure, message: string = failure.message): CommandError {
  const isSetting = ['PulpUnconfigured', 'ConfigurationInvalid'].includes(failure.code);
  return new CommandError(isSetting ? EXIT_STATUS.configuration : EXIT_STATUS.failed, message, { cause: failure });
}
