import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../core/ports/clock.ts';

export interface SocketSettings {
  readonly clock: Pick<Clock, 'now'>;
  /** A socket that stood idle for so long, by the wall clock, is not used again, ms. */
  readonly idleMs: number;
  /** How many there are side by side, at most. */
  readonly maxSockets: number;
}

/** Sockets that are kept for the next request, and told apart by how long they have stood idle. */
export interface Sockets {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  /** Ends those that stood idle for too long. */
  readonly endIdle: () => void;
  /** Ends all that no request is using. */
  readonly endUnused: () => void;
}

/**
 * Agents whose idle sockets are judged by the wall clock, before they are used: an agent's own limit is a timer, and timers stand
 * still while a function is frozen. What was forgotten meanwhile on the way, or at the other end, answers nothing more.
 */
export const openSockets = ({ clock, idleMs, maxSockets }: SocketSettings): Sockets => {
  const idleSince = new WeakMap<Duplex, number>();
  const options = { keepAlive: true, maxSockets };
  const httpAgent = new HttpAgent(options);
  const httpsAgent = new HttpsAgent(options);
  const agents = [httpAgent, httpsAgent];
  for (const agent of agents) {
    const keep = agent.keepSocketAlive.bind(agent);
    agent.keepSocketAlive = (socket) => {
      idleSince.set(socket, clock.now());
      return keep(socket);
    };
  }
  const end = (isOver: (socket: Duplex) => boolean): void => {
    for (const { freeSockets } of agents)
      for (const socket of Object.values(freeSockets).flatMap((free) => free ?? []))
        if (isOver(socket)) socket.destroy();
  };
  return {
    httpAgent,
    httpsAgent,
    endIdle: () => end((socket) => clock.now() - (idleSince.get(socket) ?? -Infinity) >= idleMs),
    endUnused: () => end(() => true),
  };
};
