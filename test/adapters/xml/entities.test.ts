import assert from 'node:assert/strict';
import { decodeEntities } from '../../../src/adapters/xml/entities.js';

describe('decodeEntities', () => {
  it('reads the five names, and numbers in both ways', () => {
    assert.equal(decodeEntities('&lt;a b=&quot;&apos;&quot;&gt; &#252; &#xFC;&#xfc; &#x1F600;'), `<a b="'"> ü üü 😀`);
  });

  it('decodes once: what stands for an escaped text stays one', () => {
    assert.equal(decodeEntities('&amp;lt; &#38;amp;'), '&lt; &amp;');
  });

  it('leaves text that is not a reference of XML as it is written', () => {
    for (const text of ['&', '&nbsp;', '&LT;', '&#X41;', '&#;', '&#xD00D00;', '&#9999999;', '&lt', '&constructor;'])
      assert.equal(decodeEntities(text), text);
  });
});
