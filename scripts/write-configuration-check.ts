/** `npx tsx scripts/write-configuration-check.ts`: puts the commands' real output into docs/configuration-check.md. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../docs/configuration-check.md', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../test/fixtures/config/', import.meta.url));
const PROGRAM = new URL('../src/cli/program.ts', import.meta.url).href;
const SCRIPT = `
  const { createProgram } = await import(${JSON.stringify(PROGRAM)});
  await createProgram().parseAsync(process.argv.slice(1), { from: 'user' });`;

const page = readFileSync(PAGE, 'utf8').replace(
  /^```text\n\$ copr-backend (.+)\n[^]*?^```$/gm,
  (_, command: string) => {
    const args = ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, '--', ...command.split(' ')];
    const { stdout } = spawnSync(process.execPath, args, {
      cwd: FIXTURES,
      // Without programs: output that differs with a host's programs must not be in a page.
      env: { PATH: '/nonexistent', BACKEND_CONFIG: '/nonexistent/copr-be.conf' },
      encoding: 'utf8',
    });
    return `\`\`\`text\n$ copr-backend ${command}\n${stdout}\`\`\``;
  },
);
writeFileSync(PAGE, page);
