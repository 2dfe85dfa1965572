import { describe, expect, it } from 'vitest';
import { fakeAnswer, fakeFailure } from '../dns/index.ts';
import type { AuthorityAnswer } from './authorities.ts';
import { judgeLookup } from './judge-lookup.ts';

/** Such as `ns1 new` or `ns2 timeout`. */
function answer(text: string): AuthorityAnswer {
  const [server = '', word = ''] = text.split(' ');
  const result = word === 'timeout' || word === 'network' ? fakeFailure(word) : fakeAnswer([word]);
  return { server, address: text, result };
}

const judge = (...texts: readonly string[]) =>
  judgeLookup(texts.map(answer), ({ records }) => records[0] === 'new');

describe('judgeLookup', () => {
  it.each([
    [['ns1 new', 'ns2 new'], 'shown'],
    [['ns1 new', 'ns1 network'], 'shown'],
    [['ns1 timeout', 'ns1 new', 'ns2 new'], 'shown'],
    [['ns1 new', 'ns2 network'], 'shown-so-far'],
    [['ns1 new', 'ns2 timeout', 'ns2 timeout'], 'shown-so-far'],
    [['ns1 new', 'ns2 old'], 'not-shown'],
    [['ns1 new', 'ns1 old'], 'not-shown'],
    [['ns1 old', 'ns2 timeout'], 'not-shown'],
    [['ns1 timeout'], 'silence'],
    [[], 'silence'],
  ])('%j: %s', (texts, kind) => expect(judge(...texts)).toMatchObject({ kind }));

  it('names who differs, and who is silent', () => {
    expect(judge('ns1 new', 'ns2 old', 'ns3 timeout')).toMatchObject({
      by: [{ server: 'ns2', result: { records: ['old'] } }],
    });
    expect(judge('ns1 new', 'ns2 timeout', 'ns2 network')).toMatchObject({
      silent: [{ server: 'ns2', message: 'Cannot look up: network' }],
    });
  });
});
