import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/**
 * Passes a stream on line by line, without their ends; the last one too where it has none.
 *
 * Not `node:readline`: it also breaks at U+2028 and U+2029, which may stand in a line of JSON.
 */
export const linesOf = (stream: Readable, onLine: (line: string) => void): void => {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    rest += decoder.end();
    if (rest !== '') onLine(rest);
  });
};
