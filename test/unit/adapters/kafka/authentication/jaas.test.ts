import { describe, expect, it } from 'vitest';
import { parseJaas } from '../../../../../lib/adapters/kafka/authentication/jaas.ts';

const module = 'org.apache.kafka.common.security.scram.ScramLoginModule';

const optionsOf = (text: string): unknown => {
  const entry = parseJaas(text);
  return entry && Object.fromEntries(entry.options);
};

describe('a JAAS configuration', () => {
  it('has a module and its options', () => {
    expect(parseJaas(`${module} required username="alice" password="a;b=c\\"d" ;`)).toEqual({
      module,
      options: new Map([
        ['username', 'alice'],
        ['password', 'a;b=c"d'],
      ]),
    });
  });

  it.each<[string, string, unknown]>([
    [
      'on several lines',
      `${module} required\n  username="a"\n  password="b";\n`,
      { username: 'a', password: 'b' },
    ],
    [
      'in single quotes, and without',
      `${module} required username='a b' password=c-d_1;`,
      { username: 'a b', password: 'c-d_1' },
    ],
    ['with blanks around =', `${module} required username = "a";`, { username: 'a' }],
    ['with comments', `${module} required // hello\n username="a" /* more */;`, { username: 'a' }],
    ['with escapes', String.raw`${module} required password="\\\n\q";`, { password: '\\\nq' }],
    ['without options', `${module} REQUIRED;`, {}],
    ['with an empty password', `${module} required password="";`, { password: '' }],
  ])('is read %s', (_, text, expected) => {
    expect(optionsOf(text)).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['no flag', `${module} username="a";`],
    ['no semicolon', `${module} required username="a"`],
    ['an open quote', `${module} required username="a;`],
    ['no value', `${module} required username=;`],
    ['no sign', `${module} required username "a";`],
    ['two entries', `${module} required; ${module} required;`],
    ['only a semicolon', ';'],
  ])('is refused with %s', (_, text) => {
    expect(parseJaas(text)).toBeUndefined();
  });
});
