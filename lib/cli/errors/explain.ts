import { UsageError } from '../../core/errors.ts';
import { defineCommand, optional } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { listingOption, printListing, type Column } from '../listing.ts';
import { printRecord } from '../record-view.ts';
import { chapters, codeNamed, guide, pageLink } from './guide.ts';
import type { GuideCode } from './page.ts';

type ListedPage = { readonly code: GuideCode; readonly meaning: string; readonly page: string };

const columns: readonly Column<ListedPage>[] = [
  { title: 'CODE', cell: ({ code }) => code },
  { title: 'MEANING', cell: ({ meaning }) => meaning },
];

const listed: readonly ListedPage[] = chapters.flatMap(({ codes }) =>
  codes.map((code) => ({ code, meaning: guide[code].meaning, page: pageLink(code) })),
);

export const explain = defineCommand({
  metadata: {
    name: 'explain',
    summary: 'say what an error means and how to mend it',
    description: 'Of one code, or of all of them: those of errors, and the reasons of dead letters.',
    examples: [
      'freshet explain',
      'freshet explain PORT_IN_USE',
      'freshet explain function-threw --output json',
    ],
  },
  args: { code: optional('of an error, or the reason of a dead letter') },
  options: { output: listingOption },
  handler: async ({ args, options }, { terminal }) => {
    if (args.code === undefined) {
      printListing(terminal, options.output, columns, listed, 'no codes');
      return exitCode.ok;
    }
    const code = codeNamed(args.code);
    if (code === undefined)
      throw new UsageError('USAGE', {
        message: `got code "${args.code}", expected one of those that \`npx freshet explain\` lists. Fix: name one of them.`,
      });
    printRecord(terminal, options.output, { code, ...guide[code], page: pageLink(code) });
    return exitCode.ok;
  },
});
