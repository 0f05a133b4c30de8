/** What a run came to, by names that a person can read: held against the findings of another run. */
export type Findings = Readonly<Record<string, unknown>>;

export const named = <Item>(
  what: string,
  items: readonly Item[],
  entry: (item: Item) => readonly [name: string, value: unknown],
): Findings =>
  Object.fromEntries(
    items.map((item) => {
      const [name, value] = entry(item);
      return [`${what} ${name}`, value];
    }),
  );
