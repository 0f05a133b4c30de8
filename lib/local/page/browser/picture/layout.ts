import type { PageState } from '../../protocol/page-state.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A topic as a pipe into the stage that reads it. */
export interface PipePlace {
  readonly topic: string;
  readonly stage: string;
  readonly pipe: Rect;
  readonly name: Point;
  /** Where its figures begin; `columns` of them stand beside each other. */
  readonly figures: Point;
  readonly columns: 1 | 2;
  readonly columnWidth: number;
}

export interface StagePlace {
  readonly stage: string;
  readonly box: Rect;
  readonly letters: Rect;
  readonly toLetters: string;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly isWide: boolean;
  readonly pipes: readonly PipePlace[];
  readonly stages: readonly StagePlace[];
  readonly contexts: readonly { readonly name: string; readonly path: string; readonly label: Point }[];
  readonly receiver: Rect;
  readonly toReceiver: string;
  readonly requests: Point;
  readonly outcome: { readonly topic: string; readonly box: Rect; readonly path: string } | null;
}

/** From this width the way runs from left to right; below, from top to bottom. */
const wideFrom = 960;

const contextStage = (name: string): string => `context-${name}`;

interface Parts {
  readonly chain: readonly { readonly name: string; readonly reads: string }[];
  readonly contexts: readonly { readonly name: string; readonly stage: string; readonly reads: string }[];
  readonly outcome: string | undefined;
}

const partsOf = ({ stages, contexts, topics }: PageState): Parts => {
  const ofContexts = contexts.flatMap(({ name }) => {
    const stage = stages.find((each) => each.name === contextStage(name));
    return stage === undefined ? [] : [{ name, stage: stage.name, reads: stage.reads }];
  });
  return {
    chain: stages.filter(({ name }) => !ofContexts.some(({ stage }) => stage === name)),
    contexts: ofContexts,
    outcome: topics.find(({ kind }) => kind === 'outcomes')?.name,
  };
};

/** What the picture is laid out by: the same key, the same layout. */
export const layoutKey = (state: PageState, width: number): string =>
  JSON.stringify([Math.round(width), partsOf(state)]);

const down = (x: number, from: number, to: number): string => `M${x} ${from}V${to - 5}`;
const right = (y: number, from: number, to: number): string => `M${from} ${y}H${to - 5}`;

const wide = ({ chain, contexts, outcome }: Parts, width: number): Layout => {
  const boxW = Math.min(176, Math.max(150, width * 0.135));
  const gap = (width - boxW * (chain.length + 1)) / (chain.length + 1);
  const boxX = (index: number): number => gap + index * (boxW + gap);
  const contextH = 118;
  const boxH = 128;
  const pipeH = 18;
  const top = contexts.length * (contextH + 26) + 4;
  const lettersY = top + boxH + 28;
  const pipeAt = (topic: string, stage: string, index: number, y: number): PipePlace => {
    const x = index === 0 ? 0 : boxX(index - 1) + boxW;
    return {
      topic,
      stage,
      pipe: { x, y: y + 36, w: gap, h: pipeH },
      name: { x: x + 8, y: y + 12 },
      figures: { x: x + 8, y: y + 74 },
      columns: 1,
      columnWidth: gap - 16,
    };
  };
  const lettersOf = (stage: string, x: number): StagePlace => ({
    stage,
    box: { x, y: top, w: boxW, h: boxH },
    letters: { x, y: lettersY, w: boxW, h: 34 },
    toLetters: down(x + boxW / 2, top + boxH, lettersY),
  });
  const contextsAt = contexts.map((context, index) => ({ ...context, y: index * (contextH + 26) }));
  const receiver = { x: boxX(chain.length), y: top, w: boxW, h: boxH };
  const last = boxX(chain.length - 1) + boxW;
  return {
    width,
    height: lettersY + 40,
    isWide: true,
    pipes: [
      ...contextsAt.map(({ stage, reads, y }) => pipeAt(reads, stage, 0, y)),
      ...chain.map(({ name, reads }, index) => pipeAt(reads, name, index, top)),
    ],
    stages: [
      ...contextsAt.map(({ stage, y }) => {
        const x = boxX(0);
        const chip = { x: x + boxW + 28, y: y + 28, w: boxW, h: 34 };
        return {
          stage,
          box: { x, y, w: boxW, h: contextH },
          letters: chip,
          toLetters: right(y + 45, x + boxW, chip.x),
        };
      }),
      ...chain.map(({ name }, index) => lettersOf(name, boxX(index))),
    ],
    contexts: contextsAt.map(({ name, y }, index) => {
      const x = boxX(0) + boxW / 2 - index * 14;
      return { name, path: down(x, y + contextH, top), label: { x: x + 12, y: y + contextH + 17 } };
    }),
    receiver,
    toReceiver: right(top + 45, last, receiver.x),
    requests: { x: last + 8, y: top + 74 },
    outcome:
      outcome === undefined
        ? null
        : {
            topic: outcome,
            box: { x: receiver.x, y: lettersY, w: boxW, h: 34 },
            path: `M${last} ${top + boxH - 12}H${last + gap / 2}V${lettersY + 17}H${receiver.x - 5}`,
          },
  };
};

const narrow = ({ chain, contexts, outcome }: Parts, width: number): Layout => {
  const indent = contexts.length === 0 ? 0 : 26;
  const boxH = 104;
  const pipeH = 78;
  const pipes: PipePlace[] = [];
  const stages: StagePlace[] = [];
  let y = 0;
  const pipe = (topic: string, stage: string, x: number): void => {
    pipes.push({
      topic,
      stage,
      pipe: { x: x + 12, y, w: 16, h: pipeH },
      name: { x: x + 40, y: y + 18 },
      figures: { x: x + 40, y: y + 36 },
      columns: 2,
      columnWidth: Math.min(170, (width - x - 40 - indent) / 2),
    });
    y += pipeH;
  };
  const stage = (name: string, x: number, w: number): Rect => {
    const box = { x, y, w, h: boxH };
    const chip = { x: x + w - 136, y: y + 4, w: 128, h: 34 };
    stages.push({ stage: name, box, letters: chip, toLetters: '' });
    y += boxH;
    return box;
  };
  const lanes = contexts.map(({ name, stage: stageName, reads }, index) => {
    pipe(reads, stageName, 0);
    const box = stage(stageName, 0, width - indent - index * 8);
    y += 14;
    return { name, box, x: width - 10 - index * 8 };
  });
  let first: Rect | undefined;
  for (const { name, reads } of chain) {
    pipe(reads, name, 0);
    const box = stage(name, 0, width);
    first ??= box;
  }
  const end = y;
  const receiver = { x: 0, y: end + 56, w: width, h: 64 };
  const outcomeY = receiver.y + receiver.h + 14;
  return {
    width,
    height: outcome === undefined ? receiver.y + receiver.h + 2 : outcomeY + 36,
    isWide: false,
    pipes,
    stages,
    contexts: lanes.map(({ name, box, x }) => ({
      name,
      path: `M${box.x + box.w} ${box.y + boxH / 2}H${x}V${(first?.y ?? 0) - 5}`,
      label: { x: box.x + 14, y: box.y + boxH - 12 },
    })),
    receiver,
    toReceiver: down(20, end, receiver.y),
    requests: { x: 40, y: end + 24 },
    outcome:
      outcome === undefined
        ? null
        : {
            topic: outcome,
            box: { x: 0, y: outcomeY, w: width, h: 34 },
            path: '',
          },
  };
};

export const layoutOf = (state: PageState, width: number): Layout =>
  width >= wideFrom ? wide(partsOf(state), width) : narrow(partsOf(state), width);
