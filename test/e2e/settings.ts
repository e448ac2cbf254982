import { z } from 'zod';

/** What is done by commands that are given from outside: to a node, whose name they are called with, or to the API server. */
export const actions = {
  kill: 'E2E_KILL_NODE',
  preempt: 'E2E_PREEMPT_NODE',
  delete: 'E2E_DELETE_NODE',
  restore: 'E2E_RESTORE_NODE',
  stopApi: 'E2E_STOP_API',
  startApi: 'E2E_START_API',
} as const;
export type Action = keyof typeof actions;
export type NodeAction = Exclude<Action, 'stopApi' | 'startApi'>;

export interface Store {
  readonly endpoint: string;
  readonly credentials: Readonly<Record<string, string>>;
}

export interface Settings {
  /** The images' name with `{task}` in it; without it they are those of k8s/components/images. */
  readonly image: string | undefined;
  readonly commands: Readonly<Partial<Record<Action, string>>>;
  /** A PostgreSQL outside of the overlay. */
  readonly databaseUrl: string | undefined;
  /** An S3 server outside of the overlay. */
  readonly store: Store | undefined;
  /** Leave the namespace behind, to look at. */
  readonly isKept: boolean;
}

const text = z.string().min(1).optional();

const schema = z.object({
  E2E_IMAGE: z
    .string()
    .includes('{task}', { message: 'must hold {task}, as registry.example.com/{task}:1' })
    .optional(),
  E2E_KILL_NODE: text,
  E2E_PREEMPT_NODE: text,
  E2E_DELETE_NODE: text,
  E2E_RESTORE_NODE: text,
  E2E_STOP_API: text,
  E2E_START_API: text,
  E2E_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, message: 'must be a postgresql:// URL' }).optional(),
  E2E_S3_ENDPOINT: z.url({ protocol: /^https?$/, message: 'must be an http:// or https:// URL' }).optional(),
  E2E_KEEP: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  AWS_SESSION_TOKEN: text,
});

/** @throws Error with every fault, a line each */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const { data, error } = schema.safeParse(environment);
  if (!data) throw new Error(error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('\n'));
  return {
    image: data.E2E_IMAGE,
    commands: present({
      kill: data.E2E_KILL_NODE,
      preempt: data.E2E_PREEMPT_NODE,
      delete: data.E2E_DELETE_NODE,
      restore: data.E2E_RESTORE_NODE,
      stopApi: data.E2E_STOP_API,
      startApi: data.E2E_START_API,
    }),
    databaseUrl: data.E2E_DATABASE_URL,
    store: storeOf(data),
    isKept: data.E2E_KEEP !== undefined,
  };
}

function storeOf(data: z.output<typeof schema>): Store | undefined {
  if (data.E2E_S3_ENDPOINT === undefined) return undefined;
  if (!data.AWS_ACCESS_KEY_ID || !data.AWS_SECRET_ACCESS_KEY) {
    throw new Error('E2E_S3_ENDPOINT needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY beside it');
  }
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = data;
  const credentials = present({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN });
  return { endpoint: data.E2E_S3_ENDPOINT, credentials };
}

function present(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
