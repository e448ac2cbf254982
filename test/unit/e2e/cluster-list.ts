interface JobFields {
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly condition?: string;
}

interface PodFields {
  readonly labels?: Readonly<Record<string, string>>;
  readonly phase?: string;
  readonly nodeName?: string;
  readonly state?: object;
}

interface NodeFields {
  readonly labels?: Readonly<Record<string, string>>;
  readonly ready?: string;
  readonly taints?: readonly object[];
}

/** An object as `kubectl get -o json` lists it, with what is looked at. */
export function job(name: string, { uid = `uid-${name}`, labels = {}, condition }: JobFields = {}) {
  const conditions = condition === undefined ? [] : [{ type: condition, status: 'True' }];
  return { kind: 'Job', metadata: { name, uid, labels }, spec: {}, status: { conditions } };
}

export function pod(name: string, { labels = {}, phase = 'Pending', nodeName, state }: PodFields = {}) {
  return {
    kind: 'Pod',
    metadata: { name, uid: `uid-${name}`, labels },
    spec: { ...(nodeName !== undefined && { nodeName }) },
    status: { phase, ...(state && { containerStatuses: [{ state }] }) },
  };
}

export function node(name: string, { labels = {}, ready = 'True', taints = [] }: NodeFields = {}) {
  return {
    kind: 'Node',
    metadata: { name, uid: `uid-${name}`, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: { taints },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  };
}
