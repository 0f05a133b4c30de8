/** What a decision was made by and from (D1–D3), as it travels with it: CloudEvents extensions of its record. */
import { cutText } from '../cut-text.ts';
import { canonicalJson, digestOf } from '../digest.ts';
import { ceHeader, type Extensions } from '../envelope.ts';
import { textOf } from '../record.ts';
import type { InferenceStage, ModelTrace, ModelUsage } from '../stages/inference.ts';
import type { Chained } from './decode.ts';

/** Characters that a decision keeps of a prompt. */
export const maxPromptLength = 8_192;
/** Characters of any other text that a model's call tells: an id, a verdict, a reference. */
export const maxTraceTextLength = 512;
/** Entries of a list. */
export const maxTraceEntries = 32;

const cut = (text: string | undefined, length = maxTraceTextLength): string | undefined =>
  text === undefined ? undefined : cutText(text, length);

const cutList = (entries: readonly string[] | undefined): string | undefined => {
  if (entries === undefined) return undefined;
  const kept = entries.slice(0, maxTraceEntries).map((entry) => cut(entry) ?? '');
  const left = entries.length - kept.length;
  return JSON.stringify(left === 0 ? kept : [...kept, `…[cut, ${left} more]`]);
};

const traceOf = ({ prompt, retrieval, guardrail, toolCalls }: ModelTrace): Extensions => ({
  prompt: cut(prompt, maxPromptLength),
  retrieval: cutList(retrieval),
  guardrail: cut(guardrail),
  toolcalls: cutList(toolCalls),
});

/** The vector as it was emitted, which is what its digest is of: a replay pins it (D6). */
const vectorText = ({ arrival }: Chained): string => {
  const { value } = arrival.record;
  return value === null ? '' : canonicalJson(JSON.parse(textOf(value)));
};

/** @throws {TypeError} for usage of another shape than its type says */
export const provenanceOf = (
  { model, contract }: Pick<InferenceStage, 'model' | 'contract'>,
  chained: Chained,
  usage: ModelUsage,
): Extensions => {
  const vector = vectorText(chained);
  const { headers } = chained.arrival.record;
  return {
    modelid: model.id,
    modelversion: model.version,
    modeldigest: model.digest,
    responsemodel: cut(usage.responseModel),
    requestid: cut(usage.requestId),
    confidence: usage.confidence,
    inputtokens: usage.inputTokens,
    outputtokens: usage.outputTokens,
    costusd: usage.costUsd,
    vectordigest: digestOf(vector),
    vector: contract.inference.snapshot === 'values' ? vector : undefined,
    rowversion: ceHeader(headers, 'rowversion'),
    rowdigest: ceHeader(headers, 'rowdigest'),
    ...traceOf(usage.trace ?? {}),
  };
};
