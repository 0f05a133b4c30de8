/**
 * Node's HTTP server, asked for as CommonJS does. An import of `node:http` reads each of its members, for any could be asked for by
 * name: of them, WebSocket brings all of `fetch`, 50 ms of CPU (Node 24.21, by `process.cpuUsage`) before a command has done anything.
 */
export const { createServer } = process.getBuiltinModule('node:http');
