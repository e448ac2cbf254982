import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../../support/pipeline-command.ts';

const noCluster = { KUBECONFIG: '/dev/null', KUBERNETES_MASTER: 'http://127.0.0.1:1' };

test('without a cluster it says so in one line and exits 3', async () => {
  const { code, said } = await runCommand([], noCluster, 'test/e2e/e2e.ts');
  assert.equal(code, 3, said);
  assert.match(said, /^no cluster: [^\n]+\n$/);
});

test('without kubectl it does so too', async () => {
  const { code } = await runCommand([], { ...noCluster, PATH: '/nowhere' }, 'test/e2e/e2e.ts');
  assert.equal(code, 3);
});

test('what it cannot make sense of it refuses before it looks for a cluster', async () => {
  assert.deepEqual(
    await runCommand(['no-such'], { ...noCluster, E2E_IMAGE: 'x' }, 'test/e2e/e2e.ts').then(({ code }) => code),
    64,
  );
});
