/** I2 and I6: what went out, and who may settle it. */
import type { SimDecision } from '../domain.ts';
import type { Ran } from '../scenario.ts';
import type { Violation } from './evidence.ts';

/** I2. */
export const effects = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const requests = ran.journal.of('request');
  const keysOf = new Map<string, Set<string>>();
  const bodies = new Map<string, Set<string>>();
  for (const { key, body } of requests) {
    const { n, part } = JSON.parse(body) as SimDecision;
    keysOf.set(`${n}.${part}`, (keysOf.get(`${n}.${part}`) ?? new Set()).add(key));
    bodies.set(key, (bodies.get(key) ?? new Set()).add(body));
  }
  for (const [event, keys] of keysOf)
    if (keys.size > 1)
      violations.push({ invariant: 'I2', what: `${event} was sent under ${keys.size} keys` });
  for (const [key, sent] of bodies)
    if (sent.size > 1)
      violations.push({ invariant: 'I2', what: `${key} was sent with ${sent.size} different bodies` });
  if (ran.variant.effect === 'at-most-once')
    for (const key of bodies.keys()) {
      const open = requests.filter((request) => request.key === key && !request.refused);
      if (open.length > 1)
        violations.push({
          invariant: 'I2',
          what: `${key} went out ${open.length} times, at most once was promised`,
        });
    }
  return [...violations, ...endsThatLie(ran)];
};

/** An effect that may have happened must never be settled as if it had not. */
const endsThatLie = (ran: Ran): readonly Violation[] => {
  const sent = new Set<string>();
  const violations: Violation[] = [];
  for (const entry of ran.journal.entries) {
    if (entry.kind === 'request' && !entry.refused) sent.add(eventOfBody(entry.body));
    if (entry.kind !== 'ledger' || entry.store !== 'effects' || entry.after.work.kind !== 'run') continue;
    const isDenied = ['fail', 'suppress', 'putBack'].includes(entry.transition);
    if (isDenied && sent.has(eventOfBody(entry.after.work.request)))
      violations.push({
        invariant: 'I2',
        what: `${entry.key} ended ${entry.after.state} although its request may be out`,
      });
  }
  return violations;
};

const eventOfBody = (body: string): string => {
  const { n, part } = JSON.parse(body) as SimDecision;
  return `${n}.${part}`;
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
    if (ran.variant.limited && (sent.get(entry.actor) ?? 0) > (granted.get(entry.actor) ?? 0))
      violations.push({ invariant: 'limit', what: `${entry.actor} sent more than was granted` });
  }
  return violations;
};
