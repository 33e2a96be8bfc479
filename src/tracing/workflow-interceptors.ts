import { context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { headersWithContext } from '@temporalio/interceptors-opentelemetry/lib/instrumentation.js';
import {
  OpenTelemetryInboundInterceptor,
  OpenTelemetryInternalsInterceptor,
  OpenTelemetryOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/workflow/index.js';
import { type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';

type Inbound = OpenTelemetryInboundInterceptor;
type Outbound = OpenTelemetryOutboundInterceptor;

/**
 * Spans around the workflow and each activity it schedules. Unlike the package's own methods, these return the promise
 * that they received, so that not even the order of microtasks differs from a workflow without them: tracing may be
 * switched on and off while workflows run (docs/decisions/0015).
 */
class Inwards extends OpenTelemetryInboundInterceptor {
  override execute(
    input: Parameters<Inbound['execute']>[0],
    next: Parameters<Inbound['execute']>[1],
  ): Promise<unknown> {
    return within(this.tracer.startSpan(`RunWorkflow:${workflowInfo().workflowType}`), () => next(input));
  }

  override handleSignal(
    input: Parameters<Inbound['handleSignal']>[0],
    next: Parameters<Inbound['handleSignal']>[1],
  ): Promise<void> {
    return next(input);
  }

  override handleQuery(
    input: Parameters<Inbound['handleQuery']>[0],
    next: Parameters<Inbound['handleQuery']>[1],
  ): Promise<unknown> {
    return next(input);
  }
}

class Outwards extends OpenTelemetryOutboundInterceptor {
  override scheduleActivity(
    input: Parameters<Outbound['scheduleActivity']>[0],
    next: Parameters<Outbound['scheduleActivity']>[1],
  ): Promise<unknown> {
    return within(this.tracer.startSpan(`StartActivity:${input.activityType}`), () =>
      next({ ...input, headers: headersWithContext(input.headers) }),
    );
  }

  override signalWorkflow(
    input: Parameters<Outbound['signalWorkflow']>[0],
    next: Parameters<Outbound['signalWorkflow']>[1],
  ): Promise<void> {
    return next(input);
  }

  override continueAsNew(
    input: Parameters<Outbound['continueAsNew']>[0],
    next: Parameters<Outbound['continueAsNew']>[1],
  ): Promise<never> {
    return next(input);
  }
}

/** Dispatchers have no trace: it would never end, and would contain every build's. */
export function interceptors(): WorkflowInterceptors {
  if (workflowInfo().workflowType.endsWith('Dispatcher')) return {};
  return {
    inbound: [new Inwards()],
    outbound: [new Outwards()],
    internals: [new OpenTelemetryInternalsInterceptor()],
  };
}

function within<T>(span: Span, run: () => Promise<T>): Promise<T> {
  const promise = context.with(trace.setSpan(context.active(), span), run);
  promise.then(
    () => span.end(),
    (error: unknown) => {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      span.end();
    },
  );
  return promise;
}
