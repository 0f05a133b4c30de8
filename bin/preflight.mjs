// Plain JavaScript that Node 18 reads too: it is what an older Node gets to see.
import { pathToFileURL } from 'node:url';

export const requiredMajor = 24;

/** @param {string} version - as `process.versions.node` gives it */
export const isSupported = (version) => Number.parseInt(version, 10) >= requiredMajor;

const howToGet = {
  darwin:
    'run `brew install node@24 && export PATH="$(brew --prefix node@24)/bin:$PATH"`, or get it from https://nodejs.org',
  linux:
    'run `npm ci --include=optional`, which brings it for npm scripts, or get it from https://nodejs.org',
  win32:
    'run `npm ci --include=optional`, which brings it for npm scripts, or `winget install OpenJS.NodeJS`',
};

/** One line: what was got, what is needed and the command that brings it. */
export const refusal = (version, platform) =>
  `Freshet needs Node ${requiredMajor} or later, got ${version}: ${howToGet[platform] ?? 'get it from https://nodejs.org'}, then try again. More: docs/errors.md#runtime_unsupported`;

const isMain = process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href;

if (isMain && !isSupported(process.versions.node)) {
  console.error(refusal(process.versions.node, process.platform));
  process.exitCode = 1;
}
