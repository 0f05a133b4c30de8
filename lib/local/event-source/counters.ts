/**
 * What a mapping counts, under the names of the metrics that Lambda has for it.
 *
 * @see AWS Lambda developer guide, "monitoring-metrics-types", section on event source mapping metrics
 */
export interface MappingCounters {
  PolledEventCount: number;
  FilteredOutEventCount: number;
  InvokedEventCount: number;
  /** Events of invocations that failed, or that a partial response named. */
  FailedInvokeEventCount: number;
  /** Events that were lost: what reached the destination is not among them. */
  DroppedEventCount: number;
  OnFailureDestinationDeliveredEventCount: number;
  CommittedEventCount: number;
  PollingErrorCount: number;
  InvokeErrorCount: number;
  OnFailureDestinationDeliveryErrorCount: number;
  CommitErrorCount: number;
}

export const newCounters = (): MappingCounters => ({
  PolledEventCount: 0,
  FilteredOutEventCount: 0,
  InvokedEventCount: 0,
  FailedInvokeEventCount: 0,
  DroppedEventCount: 0,
  OnFailureDestinationDeliveredEventCount: 0,
  CommittedEventCount: 0,
  PollingErrorCount: 0,
  InvokeErrorCount: 0,
  OnFailureDestinationDeliveryErrorCount: 0,
  CommitErrorCount: 0,
});
