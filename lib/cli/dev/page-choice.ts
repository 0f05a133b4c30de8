/** What the command line says of the page. */
export interface PageChoice {
  readonly noPage: boolean;
  readonly open: boolean;
  readonly pagePort: number | undefined;
  readonly once: boolean;
}

/** Whoever asks for the page gets it; else it is for somebody who is there to look: not for CI, and not for one run. */
export const wantsPage = (
  { noPage, open, pagePort, once }: PageChoice,
  variables: Readonly<Record<string, string | undefined>>,
): boolean => {
  if (noPage) return false;
  const isAskedFor = open || pagePort !== undefined;
  return isAskedFor || (!once && (variables['CI'] ?? '') === '');
};
