import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseResolvConf } from './server-list.ts';
import { formatServerAddress } from './server-address.ts';

describe('parseResolvConf (resolv.conf(5))', () => {
  it.each([
    ['an empty file', '', []],
    ['one server', 'nameserver 192.0.2.1\n', ['192.0.2.1:53']],
    ['no newline at the end', 'nameserver 192.0.2.1', ['192.0.2.1:53']],
    ['CRLF', 'nameserver 192.0.2.1\r\nnameserver ::1\r\n', ['192.0.2.1:53', '[::1]:53']],
    ['tabs and spaces', '\tnameserver \t 192.0.2.1  \n', ['192.0.2.1:53']],
    [
      'order kept, each once',
      'nameserver ::1\nnameserver 192.0.2.1\nnameserver ::1',
      ['[::1]:53', '192.0.2.1:53'],
    ],
    ['a zone', 'nameserver fe80::1%eth0', ['[fe80::1%eth0]:53']],
    [
      'comments',
      '# nameserver 192.0.2.1\n; nameserver 192.0.2.2\nnameserver 192.0.2.3 # mine',
      ['192.0.2.3:53'],
    ],
    [
      'other keywords',
      'search example.test\noptions edns0 timeout:1\ndomain x\nnameserver ::1',
      ['[::1]:53'],
    ],
    ['keywords that only begin alike', 'nameservers 192.0.2.1\nNAMESERVER 192.0.2.1', []],
  ])('reads %s', (_what, text, servers) => {
    const found = parseResolvConf(text);
    expect(found.servers.map(formatServerAddress)).toEqual(servers);
    expect(found.problems).toEqual([]);
  });

  it('says which lines it leaves aside, and why, in printable ASCII', () => {
    const { servers, problems } = parseResolvConf(
      'nameserver\nnameserver ns.example.test\nnameserver 192.0.2.1\nnameserver \u0007é',
    );
    expect(servers).toHaveLength(1);
    expect(problems.map((problem) => problem.split(', must be')[0])).toEqual([
      'line 1 is left aside: nameserver is ""',
      'line 2 is left aside: nameserver is "ns.example.test"',
      'line 4 is left aside: nameserver is "??"',
    ]);
  });

  it('never throws, and gives at most one server or problem a line', () => {
    const word = fc.constantFrom(
      'nameserver',
      ' ',
      '\t',
      '192.0.2.1',
      '::1',
      '#',
      '\n',
      '\r\n',
      'é',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        const { servers, problems } = parseResolvConf(input);
        expect(servers.length + problems.length).toBeLessThanOrEqual(input.split('\n').length);
      }),
    );
  });
});
