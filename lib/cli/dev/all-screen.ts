import type { Progress } from '../../local/local-run.ts';
import { LiveBlock } from '../live-block.ts';
import { paint, writeLine, type Screen } from '../terminal.ts';
import { lineEveryMs, type PipelineScreen } from './dev-screen.ts';
import { allBlock, progressLine } from './progress-text.ts';

/**
 * One screen for several pipelines. What one of them says has its name before each line; on a terminal a table below it has one
 * line for each.
 */
export class AllScreen {
  readonly #screen: Screen;
  readonly #width: number;
  readonly #block: LiveBlock | undefined;
  readonly #latest = new Map<string, Progress>();

  /** @param names - of all pipelines */
  constructor(screen: Screen, names: readonly string[]) {
    this.#screen = screen;
    this.#width = Math.max(...names.map((name) => name.length));
    this.#block = screen.isTty ? new LiveBlock(screen) : undefined;
  }

  /** The part of one pipeline. */
  of(name: string, resume: string, now: number): PipelineScreen {
    let nextLineAt = now + lineEveryMs;
    return {
      screen: this.#screen,
      show: (progress, at) => {
        if (this.#block !== undefined) {
          this.#latest.set(name, progress);
          this.#block.show(allBlock(this.#latest));
          return;
        }
        if (at < nextLineAt) return;
        nextLineAt = at + lineEveryMs;
        this.print(name, progressLine({ resume }, progress));
      },
      print: (text) => this.print(name, text),
      clear: () => {
        this.#latest.delete(name);
        this.#block?.show(this.#latest.size === 0 ? [] : allBlock(this.#latest));
      },
    };
  }

  /** What one of them says. */
  print(name: string, text: string): void {
    const before = paint(this.#screen, 'cyan', `${name.padEnd(this.#width)} |`);
    const lines = text.replace(/^\n/, '').split('\n');
    const named = lines.map((line) => `${before} ${line}`.trimEnd()).join('\n');
    if (this.#block === undefined) writeLine(this.#screen, named);
    else this.#block.print(named);
  }

  clear(): void {
    this.#block?.clear();
  }
}
