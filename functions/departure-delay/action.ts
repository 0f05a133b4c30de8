import { http, post } from '../../lib/adapters/http.ts';
import { defineAction, param, suppress } from '../../lib/core/stages/action.ts';
import { handle } from '../../lib/runtime/handle.ts';
import { contract } from './contract.ts';
import { warningOf } from './warning.ts';

export const action = defineAction(contract, {
  request: (decision) =>
    decision.warn ? post('/warnings', warningOf(decision)) : suppress('below-threshold'),
  via: http({ baseUrl: param('WARNINGS_URL'), keyHeader: 'Idempotency-Key' }),
});

export const handler = handle(action);
