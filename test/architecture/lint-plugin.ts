import { fileURLToPath } from 'node:url';
import { importDirections } from './import-directions.ts';
import { noReExports } from './no-re-exports.ts';

/** Rules of this house for oxlint, which loads them by .oxlintrc.json. */
export default {
  meta: { name: 'architecture' },
  rules: {
    'import-directions': importDirections(fileURLToPath(new URL('../..', import.meta.url))),
    'no-re-exports': noReExports,
  },
};
