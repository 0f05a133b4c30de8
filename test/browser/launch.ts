import chromium from '@sparticuz/chromium';
import { chromium as chromiumType, type Browser } from 'playwright-core';

/** With a single process the browser ends with its first context; and what protects a page is to be as it is for people. */
const unwanted = [
  '--single-process',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
];

/** A real browser, from npm alone. */
export const launchBrowser = async (): Promise<Browser> =>
  chromiumType.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((argument) => !unwanted.includes(argument)),
    headless: true,
  });
