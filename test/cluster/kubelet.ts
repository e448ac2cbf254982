import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { V1Container, V1ContainerState, V1Pod } from '@kubernetes/client-node';
import { type ClusterState, isEnded, setPodCondition } from './cluster-state.ts';

/** What a container runs: a Node script and what its environment has besides. */
export interface Program {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What the nodes have at hand. */
export interface Supplies {
  /** Undefined: the image cannot be pulled. */
  programOf(pod: V1Pod, container: V1Container): Program | undefined;
  /** Secrets and ConfigMaps by name. */
  readonly maps: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface Running {
  readonly child: ChildProcess;
  /** Why it is being ended, as the pod's status has it. */
  endReason?: string;
  stoppedAt?: Date;
  isOutOfMemory: boolean;
}

/** The agent of one node: runs the pods bound to it, one container each, as child processes. */
export class Kubelet {
  readonly nodeName: string;
  readonly #state: ClusterState;
  readonly #supplies: Supplies;
  readonly #running = new Map<string, Running>();
  isPowered = true;

  constructor(state: ClusterState, nodeName: string, supplies: Supplies) {
    this.#state = state;
    this.nodeName = nodeName;
    this.#supplies = supplies;
  }

  sync(): void {
    for (const pod of this.#ownPods()) {
      if (isEnded(pod)) continue;
      const running = this.#running.get(uidOf(pod));
      if (this.#state.hasPassed(running?.stoppedAt, graceOf(pod))) running?.child.kill('SIGKILL');
      if (pod.metadata?.deletionTimestamp) this.#stopOrGiveUp(pod, running);
      else if (!running) this.#start(pod);
      else if (
        this.#state.hasPassed(pod.status?.startTime, pod.spec?.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY)
      )
        this.#terminate(running, 'DeadlineExceeded');
    }
  }

  /** As on a notice of the cloud: its pods are marked and ended in good order. */
  shutDown(): void {
    for (const pod of this.#ownPods()) {
      const running = this.#running.get(uidOf(pod));
      if (!running) continue;
      setPodCondition(this.#state, pod, 'DisruptionTarget', 'True', 'TerminationByKubelet');
      this.#terminate(running, 'Terminated');
    }
  }

  /** Everything dies at once, without a report. */
  cutPower(): void {
    this.isPowered = false;
    for (const { child } of this.#running.values()) {
      child.removeAllListeners('close');
      child.kill('SIGKILL');
    }
    this.#running.clear();
  }

  /** The machine is back: its containers are dead, or it is another one that never had them. */
  powerUp(isSameMachine: boolean): void {
    this.isPowered = true;
    const end = isSameMachine
      ? { exitCode: 255, reason: 'Unknown' }
      : { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located' };
    for (const pod of this.#ownPods())
      if (pod.status?.phase === 'Running') this.#report(pod, 'Failed', { terminated: end });
  }

  killForMemory(pod: V1Pod): void {
    const running = this.#running.get(uidOf(pod));
    if (!running) throw new Error(`${pod.metadata?.name} does not run on ${this.nodeName}`);
    running.isOutOfMemory = true;
    running.child.kill('SIGKILL');
  }

  #ownPods(): V1Pod[] {
    return this.#state.pods.all.filter(({ spec }) => spec?.nodeName === this.nodeName);
  }

  #start(pod: V1Pod): void {
    const [container] = pod.spec?.containers ?? [];
    if (!container) throw new Error(`${pod.metadata?.name} has no container`);
    const program = this.#supplies.programOf(pod, container);
    const environment = this.#environmentOf(container);
    if (!program) this.#wait(pod, 'ErrImagePull', `pull of ${container.image} failed`);
    else if ('missing' in environment)
      this.#wait(pod, 'CreateContainerConfigError', `"${environment.missing}" not found`);
    else this.#run(pod, program, environment.values);
  }

  #run(pod: V1Pod, { path, environment }: Program, values: Readonly<Record<string, string>>): void {
    const env = { PATH: process.env.PATH, ...values, ...environment };
    const child = spawn(process.execPath, [path], { env, stdio: 'ignore' });
    const running: Running = { child, isOutOfMemory: false };
    this.#running.set(uidOf(pod), running);
    child.once('close', (code, signal) =>
      this.#ended(pod, running, code ?? 128 + (signal ? constants.signals[signal] : 0)),
    );
    this.#report(pod, 'Running', { running: { startedAt: this.#state.now() } });
  }

  #ended(pod: V1Pod, { endReason, isOutOfMemory }: Running, exitCode: number): void {
    const reason = isOutOfMemory ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
    // a deadline fails the pod with any exit code; an eviction does not
    const hasSucceeded = exitCode === 0 && endReason !== 'DeadlineExceeded';
    this.#report(pod, hasSucceeded ? 'Succeeded' : 'Failed', { terminated: { exitCode, reason } }, endReason);
  }

  #stopOrGiveUp(pod: V1Pod, running: Running | undefined): void {
    if (running) this.#terminate(running);
    else this.#report(pod, 'Failed', { waiting: { reason: 'ContainerCreating' } });
  }

  /** SIGTERM; SIGKILL follows when the grace period is over. */
  #terminate(running: Running, reason?: string): void {
    if (running.stoppedAt) return;
    if (reason) running.endReason = reason;
    running.child.kill('SIGTERM');
    running.stoppedAt = this.#state.now();
  }

  #wait(pod: V1Pod, reason: string, message: string): void {
    this.#report(pod, 'Pending', { waiting: { reason, message } });
  }

  #report(pod: V1Pod, phase: string, containerState: V1ContainerState, reason?: string): void {
    const [{ name, image = '' } = { name: '' }] = pod.spec?.containers ?? [];
    const isReady = phase === 'Running';
    this.#state.pods.update(pod, (reported) => {
      const startTime = reported.status?.startTime ?? this.#state.now();
      const status = { name, image, imageID: '', ready: isReady, restartCount: 0, state: containerState };
      reported.status = {
        ...reported.status,
        phase,
        startTime,
        containerStatuses: [status],
        ...(reason && { reason }),
      };
    });
    setPodCondition(this.#state, pod, 'Ready', isReady ? 'True' : 'False');
  }

  #environmentOf({ env = [], envFrom = [] }: V1Container): { missing: string } | { values: Record<string, string> } {
    const values: Record<string, string> = {};
    for (const { configMapRef, secretRef } of envFrom) {
      const source = configMapRef ?? secretRef;
      const found = this.#supplies.maps[source?.name ?? ''];
      if (!found && !source?.optional) return { missing: source?.name ?? '' };
      Object.assign(values, found);
    }
    for (const { name, value, valueFrom } of env) {
      const ref = valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef;
      const found = ref ? this.#supplies.maps[ref.name ?? '']?.[ref.key] : value?.replaceAll('$$', '$');
      if (found === undefined && ref && !ref.optional) return { missing: `${ref.name}/${ref.key}` };
      if (found !== undefined) values[name] = found;
    }
    return { values };
  }
}

function graceOf({ spec }: V1Pod): number {
  return spec?.terminationGracePeriodSeconds ?? 30;
}

function uidOf({ metadata }: V1Pod): string {
  return metadata?.uid ?? '';
}
