import assert from 'node:assert/strict';
import { decodeResponse, encodeCall, XmlRpcFault } from '../../../src/adapters/resalloc-xmlrpc/xmlrpc.js';

const response = (value: string): string =>
  `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n${value}\n</param>\n</params>\n</methodResponse>\n`;

describe('encodeCall', () => {
  it('writes integers, strings and arrays', () => {
    assert.equal(
      encodeCall('m', [7, 'a<b>&c\r', ['x', []]]),
      "<?xml version='1.0'?>\n<methodCall><methodName>m</methodName><params>" +
        '<param><value><int>7</int></value></param>' +
        '<param><value><string>a&lt;b&gt;&amp;c&#13;</string></value></param>' +
        '<param><value><array><data><value><string>x</string></value>' +
        '<value><array><data></data></array></value></data></array></value></param></params></methodCall>',
    );
  });

  it('refuses numbers that are not 32 bit integers', () => {
    for (const value of [1.5, Number.NaN, 2 ** 31]) assert.throws(() => encodeCall('m', [value]), RangeError);
  });
});

describe('decodeResponse', () => {
  const cases: readonly [string, unknown][] = [
    ['<value><nil/></value>', null],
    ['<value><boolean>1</boolean></value>', true],
    ['<value><int> -17 </int></value>', -17],
    ['<value><i8>9007199254740991</i8></value>', 9007199254740991],
    ['<value><string>a &lt;&amp;lt;&#10;&#x41; </string></value>', 'a <&lt;\nA '],
    ['<value>plain</value>', 'plain'],
    ['<value><string></string></value>', ''],
    ['<value><string><![CDATA[<&amp;>]]></string></value>', '<&amp;>'],
    ['<value><base64>\nLS0t\nCg==\n</base64></value>', Buffer.from('---\n')],
    ['<value><array><data>\n<value><int>1</int></value>\n<value>x</value></data></array></value>', [1, 'x']],
    ['<value><struct><member><name>a</name><value><nil/></value></member></struct></value>', { a: null }],
  ];
  for (const [xml, expected] of cases) {
    it(`reads ${xml.replaceAll('\n', ' ')}`, () => assert.deepEqual(decodeResponse(response(xml)), expected));
  }

  it('throws a fault', () => {
    const fault = `<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>1</int></value></member>
      <member><name>faultString</name><value><string>no such ticket 9</string></value></member></struct></value></fault></methodResponse>`;
    assert.throws(
      () => decodeResponse(fault),
      (error: unknown) => error instanceof XmlRpcFault && error.faultCode === 1 && error.message === 'no such ticket 9',
    );
  });

  for (const bad of [
    '',
    'OK',
    '<methodResponse/>',
    '<!DOCTYPE x [<!ENTITY a "aaaa">]><methodResponse></methodResponse>',
    response('<value><int>1.5</int></value>'),
    response('<value><boolean>yes</boolean></value>'),
    response('<value><int>1</int><int>2</int></value>'),
    response('<value><dateTime.iso8601>x</dateTime.iso8601></value>'),
    response('<value><int>1</int></value>').slice(0, -20),
    response(`${'<value><array><data>'.repeat(100)}${'</data></array></value>'.repeat(100)}`),
  ]) {
    it(`refuses ${JSON.stringify(bad.slice(0, 90))}`, () => assert.throws(() => decodeResponse(bad)));
  }
});
