import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../../docs/migrate.md', import.meta.url));

/** Our commands have the names of the old ones: what is on the PATH too early, or too long, is called by the old service. */
describe('docs/migrate.md', () => {
  const commands = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('       '))
    .map((line) => line.trim());
  const at = (start: string): number => {
    const found = commands.findIndex((command) => command.startsWith(start));
    assert.ok(found >= 0, `no command begins with ${start}`);
    return found;
  };

  it('calls our commands by their path until they are on the PATH', () => {
    const early = commands.slice(0, at('npm install --global '));
    assert.ok(early.some((command) => command.includes('/opt/copr-backend/bin/copr-backend.mjs ')));
    assert.deepEqual(
      early.filter((command) => /(?:^|-- |&& )copr[-_]/.test(command)),
      [],
    );
  });

  it('takes them away, from where it has put them, before the old service starts again', () => {
    const prefix = (command: string | undefined): string | undefined => / --prefix (\S+)/.exec(command ?? '')?.[1];
    const [added, removed] = [at('npm install --global '), at('npm uninstall --global ')];
    assert.equal(prefix(commands[removed]), prefix(commands[added]) ?? 'named');
    const start = commands.lastIndexOf('systemctl enable --now copr-backend.target');
    assert.ok(added < removed && removed < start);
    assert.deepEqual(
      commands.slice(removed, start).filter((command) => /(?:^|-- |&& )copr[-_]/.test(command)),
      [],
    );
  });
});
