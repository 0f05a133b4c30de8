// Plain JavaScript that any Node reads: whether README shows what a run really writes. `node .ci/transcript.mjs <what it wrote>`
// Each block of README without a language is a part of it, line by line, but for how long things took.
import { readFileSync } from 'node:fs';

const written = readFileSync(process.argv[2] ?? '', 'utf8');
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** Times, and the share of what was in time, are the machine's; so is the room that their columns take. */
const withoutTimes = (text) =>
  text
    .replaceAll(/\d+(?:\.\d+)? (?:ms|s|min)(?![\w ]*\))/g, '#')
    .replace(/^(target +kept by) [\d.]+ %/, '$1 #')
    .replaceAll(/ +/g, ' ')
    .trimEnd();

const linesOf = (text) => text.trimEnd().split('\n').map(withoutTimes);

const shown = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
  .filter(([, language]) => language === '')
  .map(([, , block]) => linesOf(block));
const run = linesOf(written);

/** The line of a block that the run does not have in its place; `undefined`: it has all of them, one after the other. */
const missing = (block) => {
  const start = run.indexOf(block[0]);
  const index = start < 0 ? 0 : block.findIndex((line, at) => run[start + at] !== line);
  if (index < 0) return undefined;
  return { expected: block[index], got: start < 0 ? 'no such line' : (run[start + index] ?? 'its end') };
};

const wrong = shown.map(missing).filter((line) => line !== undefined);
for (const { expected, got } of wrong)
  console.error(
    `README.md shows   ${expected}\nthe run wrote     ${got}\nFix: show what the run writes now\n`,
  );
if (shown.length === 0) console.error('README.md shows nothing of a run. Fix: show what `npm start` writes');
console.log(`${shown.length} parts of a run in README.md, ${wrong.length} of them not as it is`);
process.exitCode = shown.length > 0 && wrong.length === 0 ? 0 : 1;
