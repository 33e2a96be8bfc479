import assert from 'node:assert/strict';
import { parseAccessLine } from '../../../../src/domain/maintenance/access-line.js';
import { parseContentNetworkLog } from '../../../../src/domain/maintenance/content-network-log.js';
import { countHits, countersOf } from '../../../../src/domain/maintenance/hits.js';

const keys = (url: string, more: { status?: number; agent?: string } = {}): readonly string[] =>
  countersOf({ url, status: 200, agent: 'libdnf', at: 0, ...more });

describe('the counters of an access', () => {
  it('are those of the metadata, or of the chroot and the project', () => {
    const metadata = ['chroot_repo_metadata_dl_stat|@tools|kit|fedora-42-x86_64'];
    assert.deepEqual(keys('/results/%40tools/kit/fedora-42-x86_64/repodata/repomd.xml'), metadata);
    const rpm = ['chroot_rpms_dl_stat|jdoe|hello|epel-9-x86_64', 'project_rpms_dl_stat|jdoe|hello'];
    assert.deepEqual(keys('/results/jdoe/hello/epel-9-x86_64/00000007-a/a-1-1.x86_64.rpm?x=1'), rpm);
    assert.deepEqual(keys('/results/jdoe/hello/epel-9-x86_64/Packages/a/a-1-1.x86_64.rpm'), rpm);
  });

  it('are none for machines, for what is not there, and for what is not a download of a package', () => {
    const rpm = '/results/jdoe/hello/epel-9-x86_64/00000007-a/a-1-1.x86_64.rpm';
    assert.deepEqual(keys(rpm, { status: 404 }), []);
    assert.deepEqual(keys(rpm, { agent: 'Mock/3' }), []);
    assert.deepEqual(keys(rpm, { agent: 'Mozilla/5.0 (compatible; GoogleBot/2.1)' }), []);
    for (const url of [
      '/results/jdoe/hello/epel-9-x86_64/devel/repodata/repomd.xml',
      '/results/jdoe/hello/srpm-builds/00000007/a-1-1.src.rpm',
      '/results/%2540tools/kit/fedora-42-x86_64/repodata/repomd.xml',
      '/results/jdoe/%E0%A4%A/fedora-42-x86_64/repodata/repomd.xml',
      '/results/jdoe/hello%7Cx/epel-9-x86_64/repodata/repomd.xml',
      '/other/jdoe/hello/epel-9-x86_64/repodata/repomd.xml',
    ])
      assert.deepEqual(keys(url), [], url);
  });

  it('are summed with the times of the first and the last counted access', () => {
    const url = '/results/jdoe/hello/f-1-x/repodata/repomd.xml';
    const seen = [30, 10, 20].map((at) => ({ url, status: 200, agent: 'dnf', at }));
    const hits = { 'chroot_repo_metadata_dl_stat|jdoe|hello|f-1-x': 3 };
    assert.deepEqual(countHits([...seen, { url: '/', status: 200, agent: '', at: 1 }]), { from: 10, to: 30, hits });
    assert.equal(countHits([]), null);
  });
});

describe('a line of an access log', () => {
  const REQUEST = '[29/Nov/2026:13:00:00 +0100] "GET /results/a HTTP/1.1" 200 512 "-" "libdnf (\\"x\\")"';
  const access = { url: '/results/a', status: 200, agent: 'libdnf (\\"x\\")', at: Date.UTC(2026, 10, 29, 12) / 1000 };

  it('is read as lighttpd and nginx write it', () => {
    assert.deepEqual(parseAccessLine(`10.0.0.1 copr.example - ${REQUEST}`), access);
    assert.deepEqual(parseAccessLine(`::1 - jdoe ${REQUEST}`), access);
  });

  it('is left out if it is anything else', () => {
    for (const line of ['', '=== start: x', `10.0.0.1 - - ${REQUEST.replace('GET', 'POST')}`, '10.0.0.1 - - [x] "GET'])
      assert.equal(parseAccessLine(line), null, line);
  });
});

describe('a log of CloudFront', () => {
  const FIELDS = '#Fields: date time cs-uri-stem sc-status cs(User-Agent) x-host-header';
  const hosts = new Set(['cdn.example']);

  it('is ours only as a whole', () => {
    const text = `#Version: 1.0\n${FIELDS}\n2026-11-29\t12:00:00\t/results/a\t200\tdnf%204\tcdn.example\n`;
    const at = Date.UTC(2026, 10, 29, 12) / 1000;
    const accesses = [{ url: '/results/a', status: 200, agent: 'dnf%204', at }];
    assert.deepEqual(parseContentNetworkLog(text, hosts), { is: 'ours', accesses });
    const foreign = `${text}2026-11-29\t12:00:00\t/results/a\t200\tdnf\tother.example\n`;
    assert.deepEqual(parseContentNetworkLog(foreign, hosts), { is: 'foreign', host: 'other.example' });
    assert.equal(parseContentNetworkLog('hello\n', hosts).is, 'unreadable');
  });
});
