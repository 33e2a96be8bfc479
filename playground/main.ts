import { playgroundCommand } from './command.js';

await playgroundCommand().parseAsync();
