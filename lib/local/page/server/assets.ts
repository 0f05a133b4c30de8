import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundlePage } from '../../../build/bundle-page.ts';

export const assetsPath = '/assets';

const browserFile = (name: string): string => fileURLToPath(new URL(`../browser/${name}`, import.meta.url));

const types: readonly (readonly [ending: string, type: string])[] = [
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.woff2', 'font/woff2'],
  ['.svg', 'image/svg+xml'],
];

export interface Asset {
  readonly type: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** The page and what it loads. It is bundled when it is first asked for; whoever never looks at it never waits for it. */
export class PageAssets {
  readonly #token: string;
  #bundled: Promise<ReadonlyMap<string, Asset>> | undefined;

  /** @param token - what controls need; the page gets it */
  constructor(token: string) {
    this.#token = token;
  }

  async html(): Promise<string> {
    return (await readFile(browserFile('index.html'), 'utf8')).replace('{{token}}', this.#token);
  }

  /** @throws {ConfigError} `BUILD_FAILED` */
  async asset(name: string): Promise<Asset | undefined> {
    this.#bundled ??= bundled();
    try {
      return (await this.#bundled).get(name);
    } catch (thrown) {
      // Once it is mended, it is bundled anew.
      this.#bundled = undefined;
      throw thrown;
    }
  }
}

const bundled = async (): Promise<ReadonlyMap<string, Asset>> => {
  const assets = await bundlePage(['main.ts', 'page.css'].map(browserFile), assetsPath);
  return new Map(
    assets.map(({ name, base64 }) => [
      name,
      {
        type: types.find(([ending]) => name.endsWith(ending))?.[1] ?? 'application/octet-stream',
        content: new Uint8Array(Buffer.from(base64, 'base64')),
      },
    ]),
  );
};
