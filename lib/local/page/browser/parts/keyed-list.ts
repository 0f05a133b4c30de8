/** One element of a list, and how it shows an item. */
export interface ListRow<T> {
  readonly node: HTMLElement;
  readonly show: (item: T) => void;
}

export interface KeyedList<T> {
  readonly show: (items: readonly T[]) => void;
}

/**
 * Shows items in order under one parent. An item keeps its element while it is shown, so focus and what was opened stay;
 * elements of items that went are used again for those that come.
 */
export const keyedList = <T>(
  parent: HTMLElement,
  keyOf: (item: T) => string,
  make: () => ListRow<T>,
): KeyedList<T> => {
  const shown = new Map<string, ListRow<T>>();
  const show = (items: readonly T[]): void => {
    const keys = new Set(items.map(keyOf));
    const free: ListRow<T>[] = [];
    for (const [key, row] of shown)
      if (!keys.has(key)) {
        shown.delete(key);
        row.node.remove();
        free.push(row);
      }
    let next = parent.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      const row = shown.get(key) ?? free.pop() ?? make();
      shown.set(key, row);
      row.show(item);
      if (row.node === next) next = next.nextElementSibling;
      else parent.insertBefore(row.node, next);
    }
  };
  return { show };
};
