import type { Telemetry } from '../core/ports/stage-ports.ts';
import { emfBlobs } from './emf.ts';

/**
 * Metrics and structured logs, one JSON text a line.
 *
 * Lines go to standard output as they are: `console.log` would put Lambda's own prefix before them, and CloudWatch would
 * then find no metrics in them.
 */
export const stdoutTelemetry = (
  pipeline: string,
  stage: string,
  write: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Telemetry => ({
  batch: (report) => emfBlobs(pipeline, report).forEach(write),
  log: (level, message, fields) => write(JSON.stringify({ level, message, pipeline, stage, ...fields })),
});
