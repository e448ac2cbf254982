import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';

const executable = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== '' && existsSync(path),
);

/** Why tests that need a real browser cannot run here. */
export const noBrowser = executable ? false : 'needs Chromium: install it, or set CHROMIUM to its path';

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

export interface Look {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

export const looks: readonly Look[] = [360, 1440].flatMap((width) => [
  { width, colorScheme: 'light' } as const,
  { width, colorScheme: 'dark' } as const,
]);

/** A page of its own, closed with the test. What its console complains of is collected. */
export async function openPage(
  t: TestContext,
  browser: Browser,
  url: string,
  { width, colorScheme }: Look = { width: 1440, colorScheme: 'light' },
): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  t.after(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, complaints };
}

/** By how many pixels the page is wider than its window. */
export function excessWidth(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
