import {
  ApiException,
  AuthorizationV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  createConfiguration,
  type KubeConfig,
  type Middleware,
  ServerConfiguration,
  type V1CronJob,
  type V1Job,
  Watch,
} from '@kubernetes/client-node';
import { z } from 'zod';
import { parseJson } from '../../../tasks/artifacts/parse-json.ts';
import { ClusterUnavailable, clusterError } from './cluster-errors.ts';
import {
  eventSchema,
  type Job,
  jobSchema,
  type Node,
  type NodeLease,
  nodeLeaseNamespace,
  nodeLeaseSchema,
  nodeSchema,
  type Pod,
  podSchema,
} from './kubernetes-objects.ts';

/** What a Role may grant. */
export interface Right {
  readonly verb: 'create' | 'get' | 'list' | 'watch' | 'delete';
  readonly group: '' | 'batch' | 'coordination.k8s.io';
  readonly resource: 'jobs' | 'pods' | 'nodes' | 'events' | 'leases';
  /** Default: the Jobs' own. */
  readonly namespace?: string;
}

const statusSchema = z.object({ reason: z.string().default(''), message: z.string().default('') });

/**
 * The few calls that the executor makes, in one namespace. Each has its own time limit, and fails as ClusterUnavailable,
 * ClusterRefused or ClusterRejected. Import it late: the client costs 320 ms and 50 MB.
 */
export class KubernetesApi {
  readonly namespace: string;
  readonly #batch: BatchV1Api;
  readonly #core: CoreV1Api;
  readonly #coordination: CoordinationV1Api;
  readonly #authorization: AuthorizationV1Api;
  readonly #watch: Watch;
  /** The resourceVersion of the latest list of pods. */
  #podsVersion: string | undefined;

  /** @param limitSeconds of one call, so that a turn cannot outlast the lease */
  constructor(kubeConfig: KubeConfig, namespace: string, limitSeconds = 4) {
    const server = kubeConfig.getCurrentCluster()?.server;
    if (!server) throw new TypeError('the kubeconfig has no current cluster');
    const configuration = createConfiguration({
      baseServer: new ServerConfiguration(server, {}),
      authMethods: { default: kubeConfig },
      promiseMiddleware: [oneConnectionPool(), timeLimit(limitSeconds)],
    });
    this.namespace = namespace;
    this.#batch = new BatchV1Api(configuration);
    this.#core = new CoreV1Api(configuration);
    this.#coordination = new CoordinationV1Api(configuration);
    this.#authorization = new AuthorizationV1Api(configuration);
    this.#watch = new Watch(kubeConfig);
  }

  /** @returns false when there is one of that name already */
  async createJob(job: V1Job): Promise<boolean> {
    const { namespace } = this;
    const created = this.#batch.createNamespacedJob({ namespace, body: job });
    return (await orUndefined(409, `create Job ${job.metadata?.name} in ${namespace}`, created)) !== undefined;
  }

  async readCronJob(name: string): Promise<V1CronJob> {
    const { namespace } = this;
    return translated(`get CronJob ${name} in ${namespace}`, this.#batch.readNamespacedCronJob({ namespace, name }));
  }

  /** Its pods are ended and deleted in the background. No error when the Job is gone. */
  async deleteJob(name: string): Promise<void> {
    const { namespace } = this;
    const deleted = this.#batch.deleteNamespacedJob({ namespace, name, propagationPolicy: 'Background' });
    await orUndefined(404, `delete Job ${name} in ${namespace}`, deleted);
  }

  async listJobs(labelSelector: string): Promise<Job[]> {
    const { namespace } = this;
    const listed = this.#batch.listNamespacedJob({ namespace, labelSelector });
    return (await translated(`list Jobs in ${namespace}`, listed)).items.map((job) => jobSchema.parse(job));
  }

  async listPods(labelSelector: string): Promise<Pod[]> {
    const { namespace } = this;
    const listed = this.#core.listNamespacedPod({ namespace, labelSelector });
    const { metadata, items } = await translated(`list pods in ${namespace}`, listed);
    this.#podsVersion = metadata?.resourceVersion;
    return items.map((pod) => podSchema.parse(pod));
  }

  /** Calls `onChange` for each change of a pod since they were last listed; the client cuts the watch after 30 s. */
  async watchPods(labelSelector: string, onChange: () => void, signal: AbortSignal): Promise<void> {
    const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
    const path = `/api/v1/namespaces/${this.namespace}/pods`;
    const watch = await this.#watch.watch(path, { labelSelector, resourceVersion: this.#podsVersion }, onChange, end);
    signal.addEventListener('abort', () => watch.abort(), { once: true });
    if (signal.aborted) watch.abort();
    await ended;
  }

  async listNodeLeases(): Promise<NodeLease[]> {
    const listed = this.#coordination.listNamespacedLease({ namespace: nodeLeaseNamespace });
    const { items } = await translated(`list leases in ${nodeLeaseNamespace}`, listed);
    // one that was created and never renewed says nothing
    return items.flatMap((lease) => nodeLeaseSchema.safeParse(lease).data ?? []);
  }

  /** The latest reason why the Job controller could create no pod of this Job. */
  async jobRefusal(name: string): Promise<string | undefined> {
    const { namespace } = this;
    const fieldSelector = `involvedObject.kind=Job,involvedObject.name=${name},reason=FailedCreate`;
    const listed = this.#core.listNamespacedEvent({ namespace, fieldSelector });
    const { items } = await translated(`list events in ${namespace}`, listed);
    return items.flatMap((event) => eventSchema.parse(event).message ?? []).at(-1);
  }

  /** Undefined: there is no such node. */
  async getNode(name: string): Promise<Node | undefined> {
    const node = await orUndefined(404, `get node ${name}`, this.#core.readNode({ name }));
    return node && nodeSchema.parse(node);
  }

  /** Whether this right is granted; nodes belong to no namespace. */
  async isAllowed({ verb, group, resource, namespace = this.namespace }: Right): Promise<boolean> {
    const where = resource === 'nodes' ? {} : { namespace };
    const body = { spec: { resourceAttributes: { verb, group, resource, ...where } } };
    const review = this.#authorization.createSelfSubjectAccessReview({ body });
    return (await translated('review our own rights', review)).status?.allowed ?? false;
  }
}

/** A call can hang for ever: at a proxy, at a server that lost power, on a connection that was never closed. */
function timeLimit(seconds: number): Middleware {
  return {
    pre: async (request) => {
      request.setSignal(AbortSignal.timeout(seconds * 1000));
      return request;
    },
    post: async (response) => response,
  };
}

/** Left alone, the client makes a dispatcher for every call, and so a connection and its TLS handshake. */
function oneConnectionPool(): Middleware {
  let first: ReturnType<Parameters<Middleware['pre']>[0]['getDispatcher']>;
  return {
    pre: async (request) => {
      first ??= request.getDispatcher();
      if (first) request.setDispatcher(first);
      return request;
    },
    post: async (response) => response,
  };
}

async function orUndefined<T>(code: 404 | 409, doing: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiException && error.code === code) return undefined;
    throw translate(doing, error);
  }
}

async function translated<T>(doing: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw translate(doing, error);
  }
}

function translate(doing: string, error: unknown): Error {
  if (error instanceof ApiException) return clusterError(doing, { code: error.code, ...statusOf(error.body) }, error);
  return new ClusterUnavailable(`the API server cannot be asked to ${doing}: ${innermost(error)}`, { cause: error });
}

/** The body is the Status object, or its text where the client knows no model for the code. */
function statusOf(body: unknown): { readonly reason: string; readonly message: string } {
  const parsed = statusSchema.safeParse(typeof body === 'string' ? parseJson(body) : body);
  return parsed.success ? parsed.data : { reason: '', message: String(body).slice(0, 200) };
}

/** `fetch failed` says nothing; its cause does. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause ? innermost(error.cause) : error.message || error.name;
}
