import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseTicketOutput } from '../../../../src/domain/build/ticket-output.js';

describe('parseTicketOutput', () => {
  it('reads a plain first line as the host', () => {
    for (const host of ['10.0.3.7', 'builder-1.example.org', '2620:52:3:1::7', 'fe80::1%eth0'])
      assert.deepEqual(parseTicketOutput(`${host}\nanything else\n`), { host, name: host, port: null });
    assert.deepEqual(parseTicketOutput(' 10.0.3.7 \r\n')?.host, '10.0.3.7');
  });

  it('reads a YAML document with host, name and port', () => {
    assert.deepEqual(parseTicketOutput('---\nhost: "10.0.3.7"\nname: aws_1\nssh_port: 2222\nmore: [1]\n'), {
      host: '10.0.3.7',
      name: 'aws_1',
      port: 2222,
    });
    assert.deepEqual(parseTicketOutput('---\r\nhost: ::1\r\nname: pool_1\r\n'), {
      host: '::1',
      name: 'pool_1',
      port: null,
    });
  });

  it('takes nothing that ssh or a shell could read as more than a host', () => {
    for (const output of [
      '',
      '\n10.0.3.7',
      '-oProxyCommand=id',
      'root@10.0.3.7',
      'host name',
      'host;id',
      '$(id)',
      'a/b',
      'a\0b',
      `h${'o'.repeat(300)}`,
    ])
      assert.equal(parseTicketOutput(output), null, JSON.stringify(output));
  });

  it('takes no YAML that says something else than it should', () => {
    const hostile = [
      'host: [1',
      'host: 7\nname: x',
      'host: "-oProxyCommand=id"\nname: x',
      'host: 10.0.3.7',
      'host: 10.0.3.7\nname: "a b"',
      'host: 10.0.3.7\nname: "a\\nb"',
      'host: 10.0.3.7\nname: x\nssh_port: 0',
      'host: 10.0.3.7\nname: x\nssh_port: 65536',
      'host: 10.0.3.7\nname: x\nssh_port: "22"',
      'host: 10.0.3.7\nname: x\nssh_port: 22.5',
      'host: 10.0.3.7\nname: x\nssh_port: .nan',
      'just text',
      '- host: 10.0.3.7',
      '',
      'a: &a [x, x]\nb: &b [*a, *a]\nhost: 10.0.3.7\nname: *b',
      'host: 10.0.3.7\nname: x\n---\nhost: 10.0.3.8\nname: y',
    ];
    for (const body of hostile) assert.equal(parseTicketOutput(`---\n${body}\n`), null, body);
  });

  it('answers anything at all with a clean host or with null', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `---\nhost: ${text}\nname: x`),
      fc.json().map((text) => `---\n${text}`),
    );
    fc.assert(
      fc.property(texts, (output) => {
        const found = parseTicketOutput(output);
        if (found === null) return;
        assert.match(found.host, /^[A-Za-z0-9:][A-Za-z0-9._:%-]*$/);
        assert.match(found.name, /^[\w.:@%-]+$/);
      }),
      { numRuns: 1000 },
    );
  });
});
