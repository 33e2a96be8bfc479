import type { ServerChannel } from 'ssh2';
import { splitWords } from '../../playground/builder/shell-words.js';
import { crowdLine, type CrowdBuilder } from './crowd-log.js';

/** One of many builders in this process: it runs the commands of copr-builder without a separate process. */
export class ScriptedBuilder {
  readonly name: string;
  readonly host: string;
  readonly unknown: string[] = [];
  ticket: number | null = null;
  #taskUrl: string | null = null;
  #lines = 0;
  #bytes = 0;
  #over = false;
  readonly #followers = new Set<ServerChannel>();
  readonly #waiters = new Set<ServerChannel>();

  constructor(name: string, host: string) {
    this.name = name;
    this.host = host;
  }

  get view(): CrowdBuilder {
    return { name: this.name, taskUrl: this.#taskUrl, lines: this.#lines, followers: this.#followers.size };
  }

  /** Writes the next line of a running build. */
  tick(): void {
    if (this.#taskUrl === null || this.#over) return;
    const line = crowdLine(this.name, this.#taskUrl, this.#lines);
    this.#lines += 1;
    this.#bytes += line.length;
    for (const follower of this.#followers) follower.write(line);
  }

  /** Called when its ticket was closed: removes everything of the build. */
  wipe(): void {
    this.#end();
    this.ticket = null;
    this.#taskUrl = null;
    this.#lines = 0;
    this.#bytes = 0;
  }

  /** Answers one command on its channel, which may stay open as long as the build runs. */
  run(command: string, channel: ServerChannel): void {
    const words = splitWords(command);
    const program = (words?.[0] ?? '').replace(/^\/usr\/s?bin\//, '');
    if (program === 'rpm') answer(channel, '1.8\n');
    else if (program === 'copr-builder-ready') answer(channel, '');
    else if (program === 'copr-rpmbuild') this.#start(words ?? [], channel);
    else if (program === 'copr-rpmbuild-log') this.#follow(channel);
    else if (program === 'copr-rpmbuild-cancel') {
      this.#end();
      answer(channel, 'success\n');
    } else if (/logger_pid.*stat -c %s .*main\.log/s.test(command)) this.#await(channel);
    // The head of the log says which build runs here.
    else if (/^head -c .*main\.log/.test(command)) {
      answer(channel, this.#taskUrl === null ? '' : crowdLine(this.name, this.#taskUrl, 0));
    } else {
      this.unknown.push(command.slice(0, 200));
      answer(channel, '', 127);
    }
  }

  #start(words: readonly string[], channel: ServerChannel): void {
    if (this.#taskUrl !== null) {
      answer(channel, 'Another copr-rpmbuild is running on this builder.\n', 1);
      return;
    }
    this.#taskUrl = words[words.indexOf('--task-url') + 1] ?? '';
    this.#over = false;
    this.tick();
    answer(channel, '');
  }

  #follow(channel: ServerChannel): void {
    for (let line = 0; line < this.#lines; line += 1) channel.write(crowdLine(this.name, this.#taskUrl ?? '', line));
    if (this.#over) {
      answer(channel, '');
      return;
    }
    this.#followers.add(channel);
    channel.once('close', () => this.#followers.delete(channel));
  }

  /** The backend's wait for the end of the log: it needs the final size. */
  #await(channel: ServerChannel): void {
    if (this.#over) {
      answer(channel, `${this.#bytes}\n`);
      return;
    }
    this.#waiters.add(channel);
    channel.once('close', () => this.#waiters.delete(channel));
  }

  #end(): void {
    this.#over = true;
    for (const waiter of this.#waiters) answer(waiter, `${this.#bytes}\n`);
    for (const follower of this.#followers) answer(follower, '');
  }
}

function answer(channel: ServerChannel, text: string, code = 0): void {
  if (channel.destroyed) return;
  if (text !== '') channel.write(text);
  channel.exit(code);
  channel.end();
}
