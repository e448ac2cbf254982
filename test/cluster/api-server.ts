import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1CronJob, V1Job, V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import { type ClusterState, isEnded, setPodCondition } from './cluster-state.ts';
import { ApiFault, hasCondition, isSelected, type Resource, type Stored } from './resource.ts';

/** What happens to a call instead of, or before, its answer. */
export type Fault = { readonly status: number } | { readonly delayMs: number } | 'hang' | 'cut' | 'cut after acting';

interface Call {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
}

const jobBody = z.custom<V1Job>((body) => typeof body === 'object' && body !== null);
const cronJobBody = z.custom<V1CronJob>((body) => typeof body === 'object' && body !== null);
const reviewBody = z.object({
  spec: z.object({ resourceAttributes: z.object({ verb: z.string(), resource: z.string() }) }),
});

/** The HTTP face of the cluster, on a free port of the loopback, without TLS and authentication. */
export class ApiServer {
  readonly #state: ClusterState;
  readonly #server: Server;
  /** Calls answered, as `GET /apis/…`, and refused or failed ones too. */
  readonly calls: string[] = [];
  /** Every connection is cut. */
  isStopped = false;
  /** Asked for each call, before it is acted on. */
  faultOf: (call: { readonly method: string; readonly path: string }) => Fault | undefined = () => undefined;
  /** Refused with 403 and this message, by `verb resource`. */
  readonly refusals = new Map<string, string>();

  constructor(state: ClusterState) {
    this.#state = state;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://cluster');
    const { method = 'GET' } = request;
    this.calls.push(`${method} ${url.pathname}`);
    const text = Buffer.concat(await Array.fromAsync(request)).toString();
    const fault = this.isStopped ? 'cut' : this.faultOf({ method, path: url.pathname });
    if (fault === 'hang') return;
    if (fault === 'cut') return void response.destroy();
    if (typeof fault === 'object' && 'status' in fault)
      return answerFault(response, new ApiFault(fault.status, 'Fault', 'on demand'));
    if (typeof fault === 'object') await sleep(fault.delayMs);
    const call = { method, url, body: text && JSON.parse(text) };
    try {
      if (url.searchParams.has('watch')) return this.#watchPods(call, response);
      const result = this.#act(call);
      if (fault === 'cut after acting') return void response.destroy();
      answer(response, method === 'POST' ? 201 : 200, result);
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error;
      answerFault(response, error);
    }
  }

  #act(call: Call): unknown {
    const [, , , resource = '', name, subresource] =
      /^\/(apis\/)?([^/]+\/)?v1(?:\/namespaces\/[^/]+)?\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/.exec(
        call.url.pathname,
      ) ?? [];
    this.#refuse(verbOf(call, name), subresource ?? resource);
    if (resource === 'selfsubjectaccessreviews') return this.#review(call.body);
    if (subresource === 'eviction') return this.#evict(this.#state.pods.get(name ?? ''));
    if (resource === 'jobs' && call.method === 'POST') return this.#state.jobs.create(valid(jobBody.parse(call.body)));
    if (resource === 'jobs') return this.#serveResource(call, this.#state.jobs, name);
    if (resource === 'cronjobs' && call.method === 'POST')
      return this.#state.cronJobs.create(cronJobBody.parse(call.body));
    if (resource === 'cronjobs') return this.#serveResource(call, this.#state.cronJobs, name);
    if (resource === 'pods') return this.#serveResource(call, this.#state.pods, name);
    if (resource === 'nodes') return this.#serveResource(call, this.#state.nodes, name);
    if (resource === 'leases') return this.#serveResource(call, this.#state.leases, name);
    if (resource === 'events') return this.#serveEvents(call);
    throw new ApiFault(404, 'NotFound', `the server could not find ${call.url.pathname}`);
  }

  /** Of one Job, as the field selector asks. */
  #serveEvents({ url }: Call): unknown {
    const selector = url.searchParams.get('fieldSelector') ?? '';
    const items = this.#state.events.all.filter(({ involvedObject }) =>
      selector.includes(`involvedObject.name=${involvedObject.name},`),
    );
    return { apiVersion: 'v1', kind: 'List', metadata: {}, items };
  }

  #serveResource<T extends Stored>(call: Call, objects: Resource<T>, name: string | undefined): unknown {
    if (name === undefined) {
      const items = objects.all.filter((object) =>
        isSelected(object, call.url.searchParams.get('labelSelector') ?? ''),
      );
      return { apiVersion: 'v1', kind: 'List', metadata: {}, items };
    }
    const object = objects.get(name);
    if (call.method === 'DELETE') return this.#delete(objects, object, call);
    return object;
  }

  /** A Job goes at once, its pods in the background; pods end in their own time, their grace period. */
  #delete<T extends Stored>(objects: Resource<T>, object: T, { url }: Call): unknown {
    if (objects.kind === 'jobs.batch' && url.searchParams.get('propagationPolicy') === 'Foreground')
      throw new ApiFault(422, 'Invalid', 'foreground deletion is not modelled');
    if (objects.kind === 'pods') objects.delete(object, 30);
    else objects.remove(object);
    return { apiVersion: 'v1', kind: 'Status', status: 'Success' };
  }

  #evict(pod: V1Pod): unknown {
    if (!isEnded(pod)) setPodCondition(this.#state, pod, 'DisruptionTarget', 'True', 'EvictionByEvictionAPI');
    this.#state.pods.delete(pod, pod.spec?.terminationGracePeriodSeconds);
    return { apiVersion: 'v1', kind: 'Status', status: 'Success' };
  }

  /** Changes of any kind from now on. */
  #watchPods({ url }: Call, response: ServerResponse): void {
    this.#refuse('watch', 'pods');
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    const send = (object: V1Pod) => {
      if (isSelected(object, url.searchParams.get('labelSelector') ?? ''))
        response.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
    };
    this.#state.pods.watchers.add(send);
    response.on('close', () => this.#state.pods.watchers.delete(send));
  }

  #refuse(verb: string, resource: string): void {
    const refusal = this.refusals.get(`${verb} ${resource}`);
    if (refusal !== undefined) throw new ApiFault(403, 'Forbidden', refusal);
  }

  #review(body: unknown): unknown {
    const { verb, resource } = reviewBody.parse(body).spec.resourceAttributes;
    const allowed = !this.refusals.has(`${verb} ${resource}`);
    return { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: {}, status: { allowed } };
  }
}

function verbOf({ method }: Call, name: string | undefined): string {
  const verbs: Readonly<Record<string, string>> = { POST: 'create', DELETE: 'delete' };
  return verbs[method] ?? (name === undefined ? 'list' : 'get');
}

/** Some of what the API server demands of a Job. */
function valid(job: V1Job): V1Job {
  const { name = '' } = job.metadata ?? {};
  const spec = job.spec?.template.spec;
  const faults = [
    /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) ? '' : `metadata.name: Invalid value: "${name}"`,
    spec?.restartPolicy === 'Never' ? '' : 'spec.template.spec.restartPolicy: Required value: valid values: "Never"',
    spec?.containers.every(({ image }) => image) ? '' : 'spec.template.spec.containers[0].image: Required value',
    job.spec?.backoffLimit === 0 ? '' : 'spec.backoffLimit: this stand-in knows 0 only',
    ...Object.values(job.metadata?.labels ?? {}).map((value) =>
      /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/.test(value)
        ? ''
        : `metadata.labels: Invalid value: "${value}"`,
    ),
  ].filter((fault) => fault !== '');
  if (faults.length > 0) throw new ApiFault(422, 'Invalid', `Job.batch "${name}" is invalid: ${faults.join(', ')}`);
  if (hasCondition(job.status?.conditions, 'Complete')) throw new ApiFault(422, 'Invalid', 'status: may not be set');
  return job;
}

function answer(response: ServerResponse, code: number, body: unknown): void {
  // the API's times have whole seconds, but for those of a Lease
  const text = JSON.stringify(body).replaceAll(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{3}Z"/g, '$1Z"');
  response.writeHead(code, { 'content-type': 'application/json' }).end(text);
}

function answerFault(response: ServerResponse, { code, reason, message }: ApiFault): void {
  answer(response, code, { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message });
}
