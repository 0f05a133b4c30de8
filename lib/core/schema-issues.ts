import type { SchemaIssue } from './ports/stage-ports.ts';

const mostIssues = 5;

/**
 * The first issues of a value in one line.
 *
 * @param whole - what stands for the value itself, where an issue is about no member of it
 */
export const issuesText = (issues: readonly SchemaIssue[], whole = '(whole value)'): string =>
  issues
    .slice(0, mostIssues)
    .map(({ pointer, message }) => `${pointer === '' ? whole : pointer} ${message}`)
    .join('; ');
