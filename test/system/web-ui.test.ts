import assert from 'node:assert/strict';
import { chromium, type Browser } from 'playwright-core';
import { findOnPath } from '../support/find-on-path.js';
import { Installation, slowPackage } from '../support/installation.js';

const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
/** A browser for tests as root, which asks nobody on the network for anything. */
const ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

describe("Temporal's Web UI", function () {
  this.timeout(180_000);
  let installation: Installation;
  let browser: Browser;

  before(async () => {
    installation = await Installation.create();
    await installation.start('--no-examples', '--builders', '1');
    browser = await chromium.launch({ executablePath: await findOnPath('chromium'), args: ARGUMENTS });
  });
  after(async () => {
    await browser.close();
    await installation.remove();
  });

  it('shows a running build with its stage, its host and what else is known', async () => {
    const slow = await slowPackage();
    try {
      const id = await installation.submit(slow.spec, 'tester/seen');
      const task = `${id}-${CHROOT}`;
      await installation.until('it builds', () => installation.starts(task) === 1);
      const page = await browser.newPage();
      await page.goto(`${installation.url('uiUrl')}/namespaces/default/workflows`);
      await page
        .getByRole('link', { name: `build/${task}` })
        .first()
        .click();
      await page.getByText('User Metadata').click();
      // The details are Markdown that the UI renders in a frame of its own.
      let seen = '';
      await installation.until('the details are shown', async () => {
        const frames = page.frames().map((frame) => frame.locator('body').innerText());
        seen = (await Promise.all(frames)).join('\n');
        return seen.includes('stage: building since');
      });
      assert.match(seen, /builder: 127\.0\.0\.1/);
      assert.match(seen, /package: slow-package/);
      assert.match(seen, /project: tester\/seen/);
      await slow.letGo();
      await installation.until('it is over', async () => (await installation.build(id)).over);
    } finally {
      await slow.remove();
    }
  });
});
