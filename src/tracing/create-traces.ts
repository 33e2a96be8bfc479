import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { Resource } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Context } from '@temporalio/activity';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/worker/index.js';
import type { ActivityInterceptors, InjectedSinks } from '@temporalio/worker';
import type { OpenTelemetrySinks } from '@temporalio/interceptors-opentelemetry/lib/workflow/index.js';

/** The means with which a worker writes traces of its builds. */
export type Traces = {
  readonly activityInterceptor: (context: Context) => ActivityInterceptors;
  readonly sinks: InjectedSinks<OpenTelemetrySinks>;
  /** Sends the spans that are left. */
  readonly close: () => Promise<void>;
};

/**
 * Traces to an OpenTelemetry collector (OTLP over HTTP, `<endpoint>/v1/traces`). A collector that does not answer costs
 * only spans: they are sent in the background, from a queue of limited length.
 */
export function createTraces(options: { readonly endpoint: string; readonly service: string }): Traces {
  const resource = new Resource({ 'service.name': options.service });
  const processor = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${options.endpoint}/v1/traces` }));
  const provider = new NodeTracerProvider({ resource, spanProcessors: [processor] });
  provider.register();
  return {
    activityInterceptor: (context) => ({ inbound: new OpenTelemetryActivityInboundInterceptor(context) }),
    sinks: { exporter: makeWorkflowExporter(processor, resource) },
    close: async () => {
      await provider.shutdown();
    },
  };
}
