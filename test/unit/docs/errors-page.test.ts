import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failWith } from '../../../lib/cli/failure.ts';
import { chapters, guide, pageLink } from '../../../lib/cli/errors/guide.ts';
import type { GuideCode } from '../../../lib/cli/errors/page.ts';
import { isFreshetError } from '../../../lib/core/errors.ts';
import { errorsPage, type Examples } from '../../support/errors-page.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { provokedErrors } from '../../support/provoked/errors.ts';
import { provokedLetters } from '../../support/provoked/letters.ts';
import { provokedTroubles } from '../../support/provoked/troubles.ts';

const root = join(import.meta.dirname, '../../..');
const page = join(root, 'docs/errors.md');

/** What differs from machine to machine, and from run to run. */
const settled = (text: string): string =>
  text
    .replaceAll(new RegExp(String.raw`${tmpdir()}/freshet-\w+`, 'g'), '/tmp/orders')
    .replaceAll(/test\/support\/provoked\/\w+\.ts:\d+:\d+/g, 'functions/orders/features.ts:12:5')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:8080')
    .replaceAll(/process \d+/g, 'process 4711')
    .replaceAll(/--port: got \d+/g, '--port: got 8080')
    .replace(/\nwhere: .*\n(?: {7}.*\n)*/, '\n')
    .trimEnd();

/** What a command prints of an error. */
const printed = (code: GuideCode, thrown: unknown): string => {
  if (!isFreshetError(thrown)) return String(thrown instanceof Error ? thrown.message : thrown);
  const terminal = fakeTerminal();
  const called = { name: code === 'SAMPLE_INVALID' ? 'new' : 'dev', state: '.freshet/orders' };
  failWith({ terminal, root }, called, thrown);
  expect(terminal.written.err).toContain(pageLink(code));
  return terminal.written.err;
};

const makeExamples = async (): Promise<Examples> => {
  const examples: Partial<Record<GuideCode, string>> = {};
  for (const [code, provoke] of provokedErrors()) examples[code] = settled(printed(code, await provoke()));
  for (const [code, provoke] of provokedLetters()) examples[code] = settled(await provoke());
  for (const [code, provoke] of provokedTroubles()) examples[code] = settled(await provoke());
  return examples;
};

let made: Promise<Examples> | undefined;
/** Made once, within the first test that wants them. */
const examplesOf = (): Promise<Examples> => (made ??= makeExamples());

/** Thrown by the code of a pipeline, in words of its own; or told of a fault that has none. */
const withoutExample: readonly GuideCode[] = [
  'MODEL_UNAVAILABLE',
  'USER_PERMANENT',
  'USER_TRANSIENT',
  'unexpected',
];

describe('docs/errors.md', () => {
  it('is what is generated: each code with the real text of its error', async () => {
    await expect(errorsPage(await examplesOf())).toMatchFileSnapshot(page);
  });

  it('has an example of every code that Freshet itself can make', async () => {
    const examples = await examplesOf();
    const missing = (Object.keys(guide) as GuideCode[]).filter((code) => !(code in examples));
    expect(missing.toSorted()).toEqual(withoutExample);
  });

  it('has a place of its own for each link', () => {
    const headings = readFileSync(page, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('#'))
      .map((line) =>
        line
          .replace(/^#+ /, '')
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
    expect(new Set(headings).size).toBe(headings.length);
    const links = Object.keys(guide).map((code) => pageLink(code as GuideCode));
    expect(links.filter((link) => !headings.includes(link.replace('docs/errors.md#', '')))).toEqual([]);
  });

  it('has every code in one chapter', () => {
    const codes = chapters.flatMap((chapter) => chapter.codes);
    expect(codes.toSorted()).toEqual(Object.keys(guide).toSorted());
  });

  it('has no code that nothing throws', () => {
    const sources = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
      // What the test kit throws, it makes up in the place of others.
      .filter((file) => file.endsWith('.ts') && !/^(?:cli\/errors|testing)\/|^core\/errors\.ts$/.test(file))
      .map((file) => readFileSync(join(root, 'lib', file), 'utf8'))
      .join('\n');
    const forPipelines = ['MODEL_UNAVAILABLE', 'USER_PERMANENT', 'USER_TRANSIENT'];
    // Told before anything of this project can run.
    const elsewhere = ['RUNTIME_UNSUPPORTED'];
    const thrown = (Object.keys(guide) as GuideCode[]).filter((code) => sources.includes(`'${code}'`));
    const unthrown = Object.keys(guide).filter((code) => !thrown.includes(code as GuideCode));
    expect(unthrown.toSorted()).toEqual([...forPipelines, ...elsewhere].toSorted());
  });
});
