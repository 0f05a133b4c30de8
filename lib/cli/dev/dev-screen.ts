import type { Progress } from '../../local/local-run.ts';
import { LiveBlock } from '../live-block.ts';
import { writeLine, type Screen } from '../terminal.ts';
import { progressBlock, progressLine } from './progress-text.ts';

/** Off a terminal, a line every so often. */
const lineEveryMs = 5_000;

/** Where a run shows how it goes: drawn over and over on a terminal, plain lines elsewhere. */
export class DevScreen {
  readonly screen: Screen;
  readonly #pipeline: string;
  readonly #block: LiveBlock | undefined;
  #nextLineAt: number;

  constructor(screen: Screen, pipeline: string, now: number) {
    this.screen = screen;
    this.#pipeline = pipeline;
    this.#block = screen.isTty ? new LiveBlock(screen) : undefined;
    this.#nextLineAt = now + lineEveryMs;
  }

  show(progress: Progress, now: number): void {
    if (this.#block !== undefined) {
      this.#block.show(progressBlock(this.#pipeline, progress));
      return;
    }
    if (now < this.#nextLineAt) return;
    this.#nextLineAt = now + lineEveryMs;
    writeLine(this.screen, progressLine(progress));
  }

  print(text: string): void {
    if (this.#block === undefined) writeLine(this.screen, text);
    else this.#block.print(text);
  }

  /** Takes what was drawn away: the report comes. */
  clear(): void {
    this.#block?.clear();
  }
}
