import { chapters, guide } from '../../lib/cli/errors/guide.ts';
import type { GuideCode } from '../../lib/cli/errors/page.ts';

/** Real texts, by the code that they are of. */
export type Examples = Readonly<Partial<Record<GuideCode, string>>>;

const intro = `# Errors

Every error of Freshet, and every reason of a dead letter, has a code, and this page has a section for each: what has happened, what was expected, what usually leads to it, and how to mend it. What is printed links here; \`npx freshet explain\` shows the same in a terminal. Where the code of a pipeline is at fault, file and line of it are named: on this machine and in Lambda alike, through source maps.

This page is generated from \`lib/cli/errors\` by \`test/unit/docs/errors-page.test.ts\`, which makes each error anew and prints what came of it. Folders, ports and processes are replaced.`;

const list = (title: string, items: readonly string[]): readonly string[] => [
  title,
  '',
  ...items.map((item) => `- ${item}`),
  '',
];

const section = (code: GuideCode, example: string | undefined): string => {
  const { meaning, expected, causes, mend } = guide[code];
  return [
    `### ${code}`,
    '',
    `${meaning} Expected: ${expected}.`,
    '',
    ...list('Usual causes:', causes),
    ...list('How to mend it:', mend),
    ...(example === undefined ? [] : ['```text', example, '```', '']),
  ].join('\n');
};

/** docs/errors.md */
export const errorsPage = (examples: Examples): string =>
  [
    intro,
    '',
    ...chapters.flatMap(({ title, intro: about, codes }) => [
      `## ${title}`,
      '',
      about,
      '',
      ...codes.map((code) => section(code, examples[code])),
    ]),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
