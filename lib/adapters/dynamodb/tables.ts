import { ConfigError } from '../../core/errors.ts';
import { tableNames, type TableName } from '../../core/contract/tables.ts';

/** Which table each port of a stage is kept in: what follows `dynamodb:` in `FRESHET_STORE`. */
export type TableAddresses = Readonly<Partial<Record<TableName, string>>>;

const isTableName = (name: string): name is TableName => (tableNames as readonly string[]).includes(name);

/**
 * Reads `rows=<table>,claims=<table>,…`.
 *
 * @returns `undefined` where the text is not of that form
 */
export const parseTables = (text: string): TableAddresses | undefined => {
  const entries = text.split(',').map((entry) => /^([a-z]+)=([A-Za-z0-9_.-]{3,255})$/.exec(entry));
  const named = entries.flatMap((match) => {
    const [, name, table] = match ?? [];
    return name !== undefined && table !== undefined && isTableName(name) ? [[name, table] as const] : [];
  });
  return named.length === entries.length ? Object.fromEntries(named) : undefined;
};

/** @throws {ConfigError} `ENVIRONMENT_INVALID` for a port that has no table */
export const tableOf = (tables: TableAddresses, name: TableName): string => {
  const table = tables[name];
  if (table === undefined)
    throw new ConfigError('ENVIRONMENT_INVALID', {
      message: `FRESHET_STORE names no table for ${name}: got ${Object.keys(tables).join(', ') || 'none'}; expected dynamodb:${name}=<table>,…. Fix: deploy the stage with FreshetPipeline, which sets it`,
    });
  return table;
};
