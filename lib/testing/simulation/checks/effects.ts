/** I2 and I6: what went out, and who may settle it. */
import { ceHeader } from '../../../core/envelope.ts';
import { idempotencyKey, identityKey } from '../../../core/identity.ts';
import type { Entry } from '../journal.ts';
import type { Ran } from '../ran.ts';
import { recordsByCoordinates, verdictsOf, type Violation } from './evidence.ts';

/** I2. */
export const effects = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const requests = ran.journal.of('request');
  const bodies = new Map<string, Set<string>>();
  for (const { key, body } of requests) bodies.set(key, (bodies.get(key) ?? new Set()).add(body));
  for (const [key, sent] of bodies)
    if (sent.size > 1)
      violations.push({ invariant: 'I2', what: `${key} was sent with ${sent.size} different bodies` });
  if (ran.contract.action.effect === 'at-most-once')
    for (const [key, times] of mostSends(ran))
      if (times > 1)
        violations.push({
          invariant: 'I2',
          what: `${key} went out ${times} times, at most once was promised`,
        });
  return [...violations, ...endsThatLie(ran)];
};

/** Whether an operator said that it was not done: from then on nothing is out, and a redrive may send it. */
const isDenial = (entry: Entry): entry is Extract<Entry, { kind: 'ledger' }> =>
  entry.kind === 'ledger' && entry.transition === 'resolve' && entry.after.state === 'FAILED';

/** How often each key went out at most, between what an operator said of it. */
const mostSends = ({ journal, contract }: Ran): ReadonlyMap<string, number> => {
  const open = new Map<string, number>();
  const most = new Map<string, number>();
  for (const entry of journal.entries) {
    if (isDenial(entry)) open.delete(idempotencyKey(contract.pipeline, entry.key));
    if (entry.kind !== 'request' || entry.refused) continue;
    const times = (open.get(entry.key) ?? 0) + 1;
    open.set(entry.key, times);
    most.set(entry.key, Math.max(times, most.get(entry.key) ?? 0));
  }
  return most;
};

/** An effect that may have happened must never be settled, or answered for, as if it had not. */
const endsThatLie = (ran: Ran): readonly Violation[] => {
  const { pipeline } = ran.contract;
  const sent = new Set<string>();
  const violations: Violation[] = [];
  for (const entry of ran.journal.entries) {
    if (entry.kind === 'request' && !entry.refused) sent.add(entry.key);
    if (isDenial(entry)) sent.delete(idempotencyKey(pipeline, entry.key));
    if (entry.kind !== 'ledger' || entry.store !== 'effects') continue;
    const isDenied = ['fail', 'suppress', 'putBack'].includes(entry.transition);
    if (isDenied && sent.has(idempotencyKey(pipeline, entry.key)))
      violations.push({
        invariant: 'I2',
        what: `${entry.key} ended ${entry.after.state} although its request may be out`,
      });
  }
  const decisions = recordsByCoordinates(ran);
  for (const [at, { verdict }] of verdictsOf(ran, 'action')) {
    const headers = decisions.get(at)?.headers;
    if (verdict.kind !== 'suppressed' || headers === undefined) continue;
    const [source = '', id = ''] = [ceHeader(headers, 'source'), ceHeader(headers, 'id')];
    if (sent.has(idempotencyKey(pipeline, identityKey({ source, id }))))
      violations.push({
        invariant: 'I2',
        what: `action ${at} is suppressed although its request may be out`,
      });
  }
  return violations;
};

/** I6: whoever settles or releases a claim is who took it. */
export const owners = (ran: Ran): readonly Violation[] => {
  const holder = new Map<string, string>();
  const violations: Violation[] = [];
  for (const entry of ran.journal.of('ledger')) {
    const key = `${entry.store} ${entry.key}`;
    switch (entry.transition) {
      case 'claim':
      case 'reclaim':
      case 'takeOver':
      case 'reopen':
        if (entry.transition !== 'takeOver' && entry.before?.state === 'CLAIMED')
          violations.push({
            invariant: 'I6',
            what: `${key} was claimed by ${entry.actor} although ${holder.get(key)} held it`,
          });
        holder.set(key, entry.actor);
        break;
      case 'arm':
      case 'complete':
      case 'suppress':
      case 'putBack':
      case 'release':
      case 'fail':
      case 'doubt':
        if (holder.get(key) !== entry.actor)
          violations.push({
            invariant: 'I6',
            what: `${entry.transition} of ${key} by ${entry.actor}, held by ${holder.get(key)}`,
          });
        break;
      case 'abandon':
      case 'addEvidence':
      case 'resolve':
        break;
    }
  }
  return violations;
};

/** The kill switch and the limit precede every send, also a resend. */
export const switches = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const claimedAt = new Map<string, number>();
  const readAt = new Map<string, number>();
  const granted = new Map<string, number>();
  const sent = new Map<string, number>();
  for (const entry of ran.journal.entries) {
    if (
      entry.kind === 'ledger' &&
      entry.store === 'effects' &&
      ['claim', 'reclaim', 'takeOver', 'reopen'].includes(entry.transition)
    )
      claimedAt.set(entry.actor, entry.seq);
    if (entry.kind === 'switch-read') {
      if (entry.paused) readAt.delete(entry.actor);
      else readAt.set(entry.actor, entry.seq);
    }
    if (entry.kind === 'reserved') granted.set(entry.actor, (granted.get(entry.actor) ?? 0) + entry.granted);
    if (entry.kind !== 'request') continue;
    sent.set(entry.actor, (sent.get(entry.actor) ?? 0) + 1);
    if ((readAt.get(entry.actor) ?? -1) < (claimedAt.get(entry.actor) ?? 0))
      violations.push({
        invariant: 'switch',
        what: `${entry.actor} sent without asking the kill switch after its claim`,
      });
    if (
      ran.contract.action.limitPerMinute !== null &&
      (sent.get(entry.actor) ?? 0) > (granted.get(entry.actor) ?? 0)
    )
      violations.push({ invariant: 'limit', what: `${entry.actor} sent more than was granted` });
  }
  return violations;
};
