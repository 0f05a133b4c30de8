import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A text without what differs from machine to machine and from run to run, to be compared whole. */
export const settledText = (text: string): string =>
  text
    .replaceAll(root, '<root>')
    // Seen from the root of the project, by whoever bundles: first, as it may end in the path that is whole.
    .replaceAll(/(?:\.\.\/)+(?:\w+\/)*freshet-\w+/g, '<folder>')
    .replaceAll(new RegExp(String.raw`(?:/private)?${tmpdir()}/freshet-\w+`, 'g'), '<folder>')
    .replaceAll(/process \d+/g, 'process <id>')
    .replaceAll(/--port: got \d+/g, '--port: got <port>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replaceAll(/partition \d+, offset \d+/g, 'partition <n>, offset <n>')
    .replaceAll(/(dlq show \S+?)\/\d+\/\d+/g, '$1/<n>/<n>');

/** Of what a run wrote: what went wrong, each in a block of its own, in the order of the alphabet. */
export const noticesIn = (text: string): string =>
  settledText(text)
    // A head, and the lines of its labels below it.
    .match(/^[\w-]+: .*\n(?: {2}.*\n)*? {2}read .*$/gm)
    ?.toSorted()
    .join('\n') ?? '';
