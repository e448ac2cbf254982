import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../../k8s/in-cluster.sh', import.meta.url));
const kubectl = spawnSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).stdout.trim();
const skip = kubectl ? false : 'needs kubectl';

/** As `kubectl create job --from` makes it. */
const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    name: 'first',
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'credit-default-pipeline', uid: 'x' }],
  },
  spec: {
    ttlSecondsAfterFinished: 864_000,
    template: {
      spec: { restartPolicy: 'Never', containers: [{ name: 'orchestrator', image: 'x', args: ['schedule'] }] },
    },
  },
};

test('a manual Job has the command, its own time to live, and no owner that would delete it', { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kubectl-'));
  t.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'job.json'), JSON.stringify(job));
  // the server's part is played by files; the patch is kubectl's own
  const fake = `#!/bin/sh
case "$1 $2" in
  "create job") cat ${directory}/job.json ;;
  "create -f") cat > ${directory}/created.json ;;
  *) exec ${kubectl} "$@" ;;
esac
`;
  await writeFile(join(directory, 'kubectl'), fake);
  await chmod(join(directory, 'kubectl'), 0o755);
  const env = { ...process.env, PATH: `${directory}:${process.env.PATH}` };
  execFileSync(script, ['first', 'run', '--logical-date', '2024-01-01'], { env });
  const created = JSON.parse(await readFile(join(directory, 'created.json'), 'utf8'));
  assert.equal(created.metadata.ownerReferences, undefined);
  assert.equal(created.spec.ttlSecondsAfterFinished, 864_000);
  assert.deepEqual(created.spec.template.spec.containers[0].args, ['run', '--logical-date', '2024-01-01']);
});

test('without a name and a command it says what it expects', () => {
  const { status, stderr } = spawnSync(script, ['first'], { encoding: 'utf8' });
  assert.equal(status, 64);
  assert.match(stderr, /expected a name for the Job and a command/);
});
