import fc from 'fast-check';

/** Pieces of records, policies, next hops and names, blanks between them. */
const words =
  'v=STSv1 ; id= 1 = a version : STSv1 mode enforce none mx * . mx.example max_age 86400 - [ ] 192.0.2.1 :: DNS: " \\ é';
const pieces = [...words.split(' '), ' ', '\t', '\n', '\r\n', '\r', '\0', ', ', '\u{feff}'];

/** Any text at all: octets, Unicode, lone surrogates, and pieces of what we parse in disorder. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 300 }).map((octets) => String.fromCharCode(...octets)),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
  fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join('')),
);
