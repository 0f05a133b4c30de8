import { spawn } from 'node:child_process';

/** What opens an address on each platform; anything else does as Linux does. */
const commands: Readonly<Partial<Record<NodeJS.Platform, readonly [command: string, ...args: string[]]>>> = {
  darwin: ['open'],
  // Not a program, but a word of the shell; the empty text is the title of a window.
  win32: ['cmd', '/c', 'start', ''],
};

/** @returns the command that opens an address, and its arguments */
export const openCommand = (
  url: string,
  platform: NodeJS.Platform,
): { readonly command: string; readonly args: readonly string[] } => {
  const [command, ...args] = commands[platform] ?? ['xdg-open'];
  return { command, args: [...args, url] };
};

/**
 * Opens an address in whatever the platform opens addresses with. It goes on by itself, however this process ends.
 *
 * @param onFailure - told where there is no such thing
 */
export const openBrowser = (url: string, onFailure: (command: string) => void): void => {
  const { command, args } = openCommand(url, process.platform);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.once('error', () => onFailure(command));
  child.unref();
};
