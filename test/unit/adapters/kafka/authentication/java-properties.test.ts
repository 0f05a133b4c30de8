import { describe, expect, it } from 'vitest';
import { parseJavaProperties } from '../../../../../lib/adapters/kafka/authentication/java-properties.ts';

const parse = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(parseJavaProperties(text));

describe('a Java properties file', () => {
  it.each<[string, string, Readonly<Record<string, string>>]>([
    ['=', 'a=1\nb = 2\n c=3', { a: '1', b: '2', c: '3' }],
    [': and blanks', 'a:1\nb : 2\nc 3\nd\t4', { a: '1', b: '2', c: '3', d: '4' }],
    ['values with signs and blanks in them', 'a=b=c : d \nu=x y', { a: 'b=c : d ', u: 'x y' }],
    ['comments and empty lines', '# no=1\n  ! no=2\n\n   \na=1 # yes', { a: '1 # yes' }],
    ['lines that go on', 'a=one,\\\n    two,\\\r\n\tthree\nb=2', { a: 'one,two,three', b: '2' }],
    ['a comment sign on a line that goes on', 'a=1\\\n#2', { a: '1#2' }],
    ['a backslash that is one', 'a=c:\\\\dir\\\\\nb=2', { a: 'c:\\dir\\', b: '2' }],
    ['a comment that does not go on', '# a\\\nb=2', { b: '2' }],
    ['escapes', 'a=\\t\\u00fc\\n\\:\\q', { a: '\tü\n:q' }],
    ['names with escaped signs', 'a\\ b\\=c\\:d=1', { 'a b=c:d': '1' }],
    ['nothing after a name', 'a=\nb\nc=', { a: '', b: '', c: '' }],
    ['the last of several', 'a=1\na=2', { a: '2' }],
    ['all kinds of line ends', 'a=1\rb=2\r\nc=3\n', { a: '1', b: '2', c: '3' }],
    ['an end in the middle', 'a=1\\', { a: '1' }],
  ])('is read with %s', (_, text, expected) => {
    expect(parse(text)).toEqual(expected);
  });
});
