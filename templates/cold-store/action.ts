import { http, post } from '../../lib/adapters/http.ts';
import { defineAction, param, suppress } from '../../lib/core/stages/action.ts';
import { handle } from '../../lib/runtime/handle.ts';
import { contract } from './contract.ts';

export const action = defineAction(contract, {
  // Pure: what it returns is written down before anything is sent, and sent as it was written down.
  request: ({ alert, entity, at, score, reason }) =>
    alert ? post('/alerts', { entity, at, score, reason }) : suppress('usual'),
  // The deployment gives ALERTS_URL; in the local run it is the receiver of recording.ts.
  via: http({ baseUrl: param('ALERTS_URL'), keyHeader: 'Idempotency-Key' }),
});

export const handler = handle(action);
