export const views = ['overview', 'freshness', 'decisions', 'table', 'trace', 'letters'] as const;
export type ViewName = (typeof views)[number];

/** `#/<pipeline>/<view>/<argument>`, each part encoded. */
export interface Route {
  readonly pipeline: string | undefined;
  readonly view: ViewName;
  readonly argument: string | undefined;
}

const decoded = (part: string | undefined): string | undefined => {
  if (part === undefined || part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

export const routeOf = (hash: string): Route => {
  const [pipeline, view, argument] = hash.replace(/^#\/?/, '').split('/').map(decoded);
  return { pipeline, view: views.find((name) => name === view) ?? 'overview', argument };
};

export const hashOf = (pipeline: string, view: ViewName, argument?: string): string =>
  `#/${[pipeline, view, ...(argument === undefined ? [] : [argument])].map(encodeURIComponent).join('/')}`;
