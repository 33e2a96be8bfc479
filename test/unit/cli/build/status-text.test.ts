import assert from 'node:assert/strict';
import type { ActionStatus } from '../../../../src/contracts/action/action.js';
import type { BuildStatus } from '../../../../src/contracts/build/build.js';
import type { PendingActivity } from '../../../../src/starters/pending-activities.js';
import { printLines } from '../../../../src/cli/printing.js';
import { statusLines, statusRow, tableLines, waitingText } from '../../../../src/cli/build/status-text.js';
import { reportAsJson } from '../../../../src/cli/build/report-json.js';
import { endedWell, type TaskReport } from '../../../../src/starters/task-report.js';

const SINCE = '2026-01-01T00:00:00.000Z';
const NOW = Date.parse(SINCE) + 65_000;

function build(changes: Partial<BuildStatus> = {}): BuildStatus {
  return {
    task: '5-custom-1-x86_64',
    kind: 'rpm',
    stage: 'building',
    since: SINCE,
    attempt: 1,
    host: 'builder-1',
    ticket: 3,
    waitingFor: null,
    logBytes: 100,
    lastFailure: null,
    outcome: null,
    owner: 'copr',
    project: 'examples',
    chroot: 'custom-1-x86_64',
    packageName: 'hello-copr',
    resultPath: null,
    ...changes,
  };
}

function report(status: BuildStatus | null, changes: Partial<TaskReport> = {}): TaskReport {
  return {
    task: '5-custom-1-x86_64',
    workflowId: 'build/5-custom-1-x86_64',
    execution: 'RUNNING',
    startedAt: SINCE,
    closedAt: null,
    status,
    silence: null,
    pending: [],
    failing: null,
    ...changes,
  };
}

const retrying: PendingActivity = {
  activity: 'finishBuild',
  attempt: 12,
  state: 'retrying',
  lastFailure: { code: 'FrontendUnavailable', message: 'connect\n ECONNREFUSED' },
  isHandedOn: false,
  since: null,
  nextAttempt: '2026-01-01T00:02:00.000Z',
  logBytes: 2048,
};

describe('statusLines', () => {
  it('says what came of an action beside its end', () => {
    const status: ActionStatus = {
      ...{ task: 'action/7', kind: 'action', type: 'fork', stage: 'ended', since: SINCE, waitingFor: null },
      ...{ lastFailure: null, outcome: { result: 'succeeded', note: '3 builds copied, 1.0 MiB more on disk' } },
    };
    const lines = statusLines({ ...report(null, { task: '7', workflowId: 'action/7' }), status }, NOW);
    assert.match(lines[0] ?? '', /^action\/7 {2}ended, /);
    assert.deepEqual(lines.slice(-2), ['  succeeded', '  3 builds copied, 1.0 MiB more on disk']);
  });

  it('says where it is and for how long', () => {
    const text = statusLines(report(build()), NOW).join('\n');
    assert.match(text, /building on builder-1 \(ticket 3\), for 1 min 5 s/);
    assert.match(text, /copr\/examples in custom-1-x86_64, package hello-copr/);
  });

  it('shows an outside system that does not answer, with since', () => {
    const text = statusLines(report(build({ stage: 'reporting' }), { pending: [retrying] }), NOW).join('\n');
    assert.match(
      text,
      /waiting for FrontendUnavailable: connect ECONNREFUSED \(attempt 12 of finishBuild\), since 2026-01-01/,
    );
    assert.match(text, /build log: 2\.0 KiB/);
  });

  it('shows nothing wrong with a build that went on after its worker ended', () => {
    const handedOn: PendingActivity = {
      ...{ activity: 'followBuild', attempt: 2, state: 'running', isHandedOn: true, since: null },
      ...{ lastFailure: null, nextAttempt: null, logBytes: 2048 },
    };
    const text = statusLines(report(build(), { pending: [handedOn] }), NOW).join('\n');
    assert.doesNotMatch(text, /waiting for/);
    assert.match(text, /^ {2}followBuild running \(attempt 2, went on after its worker ended\)$/m);
    assert.equal(statusRow(report(build(), { pending: [handedOn] }), NOW).at(-1), '');
    const queued = statusLines(report(build(), { pending: [{ ...handedOn, state: 'queued' }] }), NOW).join('\n');
    assert.match(queued, /followBuild queued \(attempt 2, its worker ended\)/);
  });

  it('gives the reason of a failed build in one line with its code', () => {
    const failure = { code: 'PackageFailed', message: 'the package\ndoes not build' } as const;
    const lines = statusLines(report(build({ stage: 'ended', outcome: { result: 'failed', failure } })), NOW);
    assert.ok(lines.includes('  failed: PackageFailed: the package does not build'));
  });

  it('says what those are about that it waits for', () => {
    const said = [
      'repository/a/b/c: publishRepository retrying (attempt 3): RepositoryFailed: createrepo_c was not found',
      'project/a/b: action/7 has its lock (fork) since 2026-01-01T00:00:00.000Z',
    ];
    const activity: PendingActivity = {
      ...{
        activity: 'publishRepository',
        attempt: 3,
        state: 'retrying',
        isHandedOn: false,
        since: null,
        nextAttempt: null,
      },
      ...{ lastFailure: { code: 'RepositoryFailed', message: 'createrepo_c was not found' }, logBytes: null },
    };
    const lock = { workflowId: 'action/7', purpose: 'fork', shared: false, since: '2026-01-01T00:00:00.000Z' };
    const waitsOn: TaskReport['waitsOn'] = [
      { kind: 'failing', workflowId: 'repository/a/b/c', activity },
      { kind: 'locked', workflowId: 'project/a/b', lock },
    ];
    const waiting = report(build({ waitingFor: { reason: 'repository', detail: 'a/b/c' } }), { waitsOn });
    assert.match(
      statusLines(waiting, NOW).join('\n'),
      /\n {2}waiting for repository \(a\/b\/c\).*\n {4}repository\/a\/b\/c: publishRepository retrying.*\n {4}project\/a\/b: action\/7 has its lock/,
    );
    assert.deepEqual(reportAsJson(waiting)['waitsOn'], said);
  });

  it('says why nobody answers', () => {
    const text = statusLines(report(null, { silence: 'no worker answers' }), NOW).join('\n');
    assert.match(text, /running, started 1 min 5 s ago[\s\S]*no worker answers/);
  });
});

describe('what a package says, printed', () => {
  it('is one line, without colours, and steers no terminal', () => {
    const message = '\u001b[31mhello.c:1:1: error: x\u001b[0m\r\nroot@host# \u001b]0;pwned\u0007';
    const failure = { code: 'PackageFailed', message } as const;
    const status = build({
      packageName: 'hello\u001b[2J\nroot@host',
      host: 'b\u009b1m',
      lastFailure: { ...failure, at: SINCE },
      outcome: { result: 'failed', failure },
    });
    const pending = [{ ...retrying, lastFailure: failure }];
    const written: string[] = [];
    const output = { write: (text: Buffer | string): unknown => written.push(String(text)) };
    const own = report(status, { pending });
    printLines([...statusLines(own, NOW), ...tableLines([statusRow(own, NOW)])], output);
    const text = written.join('');
    assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u);
    assert.doesNotMatch(text, /^root@host/m);
    assert.match(text, /failed: PackageFailed: hello\.c:1:1: error: x root@host# *$/m);
    assert.match(text, /package hello root@host$/m);
  });
});

describe('waitingText', () => {
  const waitingFor = { reason: 'builder', detail: 'no free builder' };

  it('says first what failed and is tried again', () => {
    const text = waitingText(report(build({ waitingFor }), { pending: [retrying] }));
    assert.match(text ?? '', /^FrontendUnavailable: connect ECONNREFUSED \(attempt 12 of finishBuild\)/);
  });

  it("prefers the workflow's own word to the last failure of what is under way again", () => {
    const again: PendingActivity = { ...retrying, state: 'running', nextAttempt: null };
    assert.match(
      waitingText(report(build({ waitingFor }), { pending: [again] })) ?? '',
      /^builder \(no free builder\)/,
    );
  });

  it('is null while things move', () => {
    assert.equal(waitingText(report(build())), null);
  });
});

describe('statusRow', () => {
  it('names actions by their workflow id', () => {
    assert.equal(statusRow(report(null, { task: '7', workflowId: 'action/7' }), NOW)[0], 'action/7');
  });
});

describe('tableLines', () => {
  it('pads columns to their widest cell and leaves no blanks at the end', () => {
    assert.deepEqual(
      tableLines([
        ['A', 'B'],
        ['long', ''],
      ]),
      ['A     B', 'long'],
    );
  });
});

describe('reportAsJson', () => {
  it("is the query's answer and pending", () => {
    assert.deepEqual(reportAsJson(report(build())), { ...build(), pending: [] });
  });
});

describe('endedWell', () => {
  it('is null until the end, then what the outcome says', () => {
    assert.equal(endedWell(report(build())), null);
    const ended = { execution: 'COMPLETED' } as const;
    assert.equal(endedWell(report(build({ outcome: { result: 'succeeded', packages: 1 } }), ended)), true);
    const failure = { code: 'PackageFailed', message: '' } as const;
    assert.equal(endedWell(report(build({ outcome: { result: 'failed', failure } }), ended)), false);
    assert.equal(endedWell(report(null, { execution: 'TERMINATED' })), false);
  });
});
