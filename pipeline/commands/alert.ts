import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { about } from '../monitoring/alert.ts';
import { channelsOf } from '../monitoring/channels.ts';
import { type Command, parseCommandLine } from './command.ts';
import { openPipeline, type Pipeline } from './wiring.ts';

export const alert: Command = {
  usage: 'alert [--test]',
  summary: 'send what there is to alert of and was not sent yet, as every wake-up does',
  details: '  --test   send a test alert instead, and record nothing',
  example: 'npx pipeline alert --test',
  needs: 'store',
  async execute(args, { environment, surroundings }) {
    const { values } = parseCommandLine(args, { test: { type: 'boolean' } });
    const pipeline = await openPipeline(environment, surroundings);
    if (!pipeline.alerts.isOn)
      throw new UsageError(['there is no one to alert: set ALERT_WEBHOOK_URL or ALERT_COMMAND']);
    const { sent, failed } = values.test ? await sendTest(pipeline) : await pipeline.alerts.sendAll();
    process.stdout.write(`${sent} ${sent === 1 ? 'alert' : 'alerts'} sent\n`);
    return failed > 0 ? exitCodes.unavailable : exitCodes.success;
  },
};

async function sendTest({
  settings,
  dag,
  store,
  log,
}: Pipeline): Promise<{ readonly sent: number; readonly failed: number }> {
  const channels = channelsOf(settings, { dagId: dag.dagId, storeUrl: store.url });
  const test = about({ timestamp: '', runId: '' }, 'test', 'someone has typed "pipeline alert --test"');
  const sends = await Promise.allSettled(channels.map((channel) => channel.send(test)));
  const failures = sends.flatMap((send, at) => (send.status === 'rejected' ? [[channels[at]?.name, send.reason]] : []));
  for (const [name, error] of failures) log.error(`the ${name} failed: ${error.message}`);
  return { sent: sends.length - failures.length, failed: failures.length };
}
