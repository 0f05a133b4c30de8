import type { LocalRun } from '../../local/local-run.ts';
import { openBrowser } from '../../local/page/open-browser.ts';
import { PageRun } from '../../local/page/page-run.ts';
import { lastPagePort, rememberPagePort } from '../../local/page/server/page-port.ts';
import { startPageServer, type PageServer } from '../../local/page/server/page-server.ts';
import { operatorOf } from '../deployment.ts';
import { nextCommand, type Whereabouts } from '../next-command.ts';
import type { Interrupts } from './interrupts.ts';
import type { PageChoice } from './page-choice.ts';

/** The page of what this command runs: one for all of it, from the first run on until the last has ended. */
export class DevPage {
  readonly #choice: Pick<PageChoice, 'open' | 'pagePort'>;
  readonly #interrupts: Interrupts;
  #server: Promise<PageServer> | undefined;
  #shown = 0;

  constructor(choice: Pick<PageChoice, 'open' | 'pagePort'>, interrupts: Interrupts) {
    this.#choice = choice;
    this.#interrupts = interrupts;
  }

  /**
   * Shows a run too.
   *
   * @param folder - its state folder: there the page's address is remembered
   * @param where - for the commands that the page names
   * @returns the page's address, and how to take the run away from it
   * @throws {ConfigError} `PORT_IN_USE`
   */
  async show(
    run: LocalRun,
    {
      folder,
      where,
      say,
    }: { readonly folder: string; readonly where: Whereabouts; readonly say: (text: string) => void },
  ): Promise<{ readonly url: string; readonly remove: () => Promise<void> }> {
    const server = await (this.#server ??= this.#open(folder, say));
    rememberPagePort(folder, server.port);
    const shown = new PageRun({
      run,
      operator: operatorOf('from the page'),
      redriveCommand: nextCommand('dlq redrive all', where),
    });
    server.add(shown);
    this.#shown += 1;
    // A receiver that was dropped from the page would be waited for.
    void this.#interrupts.first.then(() => shown.heal().catch(() => {}));
    return {
      url: server.url,
      remove: async () => {
        await server.remove(shown);
        this.#shown -= 1;
        if (this.#shown > 0) return;
        this.#server = undefined;
        await server.close();
      },
    };
  }

  async #open(folder: string, say: (text: string) => void): Promise<PageServer> {
    const { pagePort, open } = this.#choice;
    const server = await startPageServer({ port: pagePort, likedPort: lastPagePort(folder) });
    if (open)
      openBrowser(server.url, (command) =>
        say(`the page could not be opened: there is no ${command}. Open ${server.url} yourself`),
      );
    return server;
  }
}
