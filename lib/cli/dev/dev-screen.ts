import type { Progress } from '../../local/local-run.ts';
import { LiveBlock } from '../live-block.ts';
import { writeLine, type Screen } from '../terminal.ts';
import { progressBlock, progressLine, type ProgressOf } from './progress-text.ts';

/** Off a terminal, a line every so often. */
export const lineEveryMs = 5_000;

/** Where one run shows how it goes. */
export interface PipelineScreen {
  readonly screen: Screen;
  show(progress: Progress, now: number): void;
  print(text: string): void;
  /** Takes what was drawn away: the report comes. */
  clear(): void;
}

/** A screen for one pipeline: drawn over and over on a terminal, plain lines elsewhere. */
export class DevScreen implements PipelineScreen {
  readonly screen: Screen;
  readonly #of: ProgressOf;
  readonly #block: LiveBlock | undefined;
  #nextLineAt: number;

  constructor(screen: Screen, of: ProgressOf, now: number) {
    this.screen = screen;
    this.#of = of;
    this.#block = screen.isTty ? new LiveBlock(screen) : undefined;
    this.#nextLineAt = now + lineEveryMs;
  }

  show(progress: Progress, now: number): void {
    if (this.#block !== undefined) {
      this.#block.show(progressBlock(this.#of, progress));
      return;
    }
    if (now < this.#nextLineAt) return;
    this.#nextLineAt = now + lineEveryMs;
    writeLine(this.screen, progressLine(this.#of, progress));
  }

  print(text: string): void {
    if (this.#block === undefined) writeLine(this.screen, text);
    else this.#block.print(text);
  }

  clear(): void {
    this.#block?.clear();
  }
}
