import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from './launch.ts';

export type Scheme = 'light' | 'dark';

interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: Scheme;
  readonly isReducedMotion?: boolean;
  /** Runs in the page before its own modules. */
  readonly before?: () => void;
}

/** What a page does that it never may. */
interface Watched {
  readonly page: Page;
  readonly wrongs: string[];
}

export interface Browsing {
  readonly open: (address: string, options?: PageOptions) => Promise<Page>;
  /** The browser says by itself that a server is gone; a test that takes it away forgives that. */
  readonly forgive: (pattern: RegExp) => void;
}

const watch = (page: Page, address: string): Watched => {
  const wrongs: string[] = [];
  const { host } = new URL(address);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      wrongs.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => wrongs.push(`thrown: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== 'data:' && asked.host !== host)
      wrongs.push(`asked another host: ${request.url()}`);
  });
  return { page, wrongs };
};

/** A browser for the tests of a file. Each test ends red where a page wrote an error, threw, or asked another host. */
export const browsing = (): Browsing => {
  let browser: Browser | undefined;
  let contexts: BrowserContext[] = [];
  let watched: Watched[] = [];
  let forgiven: RegExp[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });
  afterEach(async () => {
    const wrongs = watched
      .flatMap((each) => each.wrongs)
      .filter((wrong) => !forgiven.some((pattern) => pattern.test(wrong)));
    await Promise.all(contexts.map((context) => context.close()));
    contexts = [];
    watched = [];
    forgiven = [];
    expect(wrongs).toEqual([]);
  });

  const open = async (
    address: string,
    { width = 1280, height = 800, scheme = 'light', isReducedMotion = false, before }: PageOptions = {},
  ): Promise<Page> => {
    if (browser === undefined) throw new Error('got no browser; expected one that beforeAll has started');
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      reducedMotion: isReducedMotion ? 'reduce' : 'no-preference',
      locale: 'en-US',
    });
    contexts.push(context);
    await context.addInitScript({ content: axe.source });
    if (before !== undefined) await context.addInitScript(before);
    const page = await context.newPage();
    watched.push(watch(page, address));
    await page.goto(address);
    return page;
  };
  return { open, forgive: (pattern) => forgiven.push(pattern) };
};

/** What axe finds, in words; empty where a page is as accessible as axe can tell. */
export const violationsOf = async (page: Page): Promise<readonly string[]> => {
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}: ${html.slice(0, 160)} ${failureSummary}`),
  );
};

/** By how much a page is wider than its window, px. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
