import assert from 'node:assert/strict';
import { decodeFrame, encodeFrame } from '../../../src/adapters/message-bus/stomp-frames.js';

describe('STOMP frames', () => {
  it('come back as they were, whatever is in them', () => {
    const frame = {
      command: 'SEND',
      headers: { destination: '/a:b\\c\nd\re', 'content-length': '6' },
      body: 'a\0ž\n\0',
    };
    const decoded = decodeFrame(Buffer.concat([Buffer.from('\n\r\n'), encodeFrame(frame), Buffer.from('\nrest')]));
    assert.deepEqual(decoded?.frame, frame);
    assert.equal(decoded.rest.toString(), '\nrest');
  });

  it('are not there before their last byte', () => {
    const whole = encodeFrame({ command: 'SEND', headers: { a: 'b' }, body: '{"x": 1}' });
    for (let end = 0; end < whole.length; end++) assert.equal(decodeFrame(whole.subarray(0, end)), null);
    assert.notEqual(decodeFrame(whole), null);
  });

  it('are not escaped in a handshake', () => {
    const login = encodeFrame({ command: 'CONNECT', headers: { passcode: 'a:b\\c' }, body: '' });
    assert.equal(login.toString(), 'CONNECT\npasscode:a:b\\c\n\n\0');
    assert.equal(decodeFrame(Buffer.from('CONNECTED\nserver:a\\cb\n\n\0'))?.frame.headers['server'], 'a\\cb');
  });

  it('have the first of a repeated header, and a body that ends with its zero where no length is given', () => {
    const { frame } =
      decodeFrame(Buffer.from('ERROR\r\nmessage:one\r\nmessage:two\r\n\r\nwhy\0')) ?? assert.fail('no frame');
    assert.deepEqual(frame, { command: 'ERROR', headers: { message: 'one' }, body: 'why' });
  });
});
