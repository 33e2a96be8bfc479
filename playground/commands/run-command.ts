import { Command } from 'commander';
import { printError, printLines } from '../../src/cli/printing.js';
import { CommandEnd, createFrontendClient, EXIT, findFrontend, type FrontendClient } from './frontend-client.js';

/** The frontend's address. */
export type Where = { readonly data: string; readonly frontend?: string };

/** A command that calls the frontend. */
export function talking(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data <dir>', "the playground's data directory", '.copr')
    .option('--frontend <url>', 'address of the frontend, instead of the one in the data directory');
}

/** Runs `work` with a client; its result, or an expected end, becomes the exit status. */
export async function run(where: Where, work: (client: FrontendClient) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work(createFrontendClient(findFrontend(where)));
  } catch (error) {
    if (!(error instanceof CommandEnd)) throw error;
    printError(error.message);
    process.exitCode = error.status;
  }
}

/** Owner and name of a project; throws for anything else. */
export function splitProject(project: string): { readonly owner: string; readonly name: string } {
  const [owner = '', name = '', ...more] = project.split('/');
  if (owner === '' || name === '' || more.length > 0) {
    throw new CommandEnd(EXIT.usage, `${project} is not a project: it needs OWNER/NAME, for example jdoe/tools`);
  }
  return { owner, name };
}

/** Prints a line on standard output. */
export function print(line: string): void {
  printLines([line]);
}
