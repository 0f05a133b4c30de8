/** Every view, by its name, with what shows that it is filled: a selector. */
export const viewPaths: readonly (readonly [name: string, path: string, filled: string])[] = [
  ['overview', 'overview', '.picture .card'],
  ['freshness', 'freshness', '.uplot canvas'],
  ['decisions', 'decisions', '.decision'],
  ['table', 'table/EWR', 'main .payload'],
  ['trace', `trace/${encodeURIComponent('/new-york/departures#B6509/boarding')}`, '.step'],
  ['letters', 'letters', '.letter'],
];
