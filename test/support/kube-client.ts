import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import type { ClusterAccess, KubeClient } from "@antrea/kube";
import { execInPod, kubeClient, loadKubeConfig } from "@antrea/kube/io";
import { type Argv, CommandError, type Lab, type Outcome } from "@antrea/lab";

/** A container of a Pod; of a Pod that has only one where no name is given. */
export interface ContainerPlace {
  readonly namespace?: string;
  readonly pod: string;
  readonly container?: string;
}

interface Api {
  readonly access: ClusterAccess;
  readonly client: KubeClient;
}

const own = { clock: systemClock, userAgent: "antrea-test" } as const;
const apis = new WeakMap<Lab, Promise<Api>>();

/**
 * A client of the lab's API server. Tests ask it hundreds of times, and kubectl takes a tenth of a second of
 * processor to start: that is for what a person would type. Closed with the lab of a file.
 */
export async function apiOf(lab: Lab): Promise<KubeClient> {
  return (await apiOnce(lab)).client;
}

/** Ends the client, where there is one. */
export async function closeApi(lab: Lab): Promise<void> {
  const api = apis.get(lab);
  apis.delete(lab);
  (await api)?.client.close();
}

/** Runs a program in a container, as `kubectl exec` does; another exit code than 0 throws a `CommandError`. */
export async function execIn(
  lab: Lab,
  place: ContainerPlace,
  command: readonly string[],
  stdin?: string,
): Promise<string> {
  const outcome = await attemptIn(lab, place, command, stdin);
  if (outcome.exitCode !== 0) throw new CommandError(command as Argv, outcome);
  return outcome.stdout;
}

/** The same, with any exit code. */
export async function attemptIn(
  lab: Lab,
  { namespace = "default", pod, container }: ContainerPlace,
  command: readonly string[],
  stdin?: string,
): Promise<Outcome> {
  const { access } = await apiOnce(lab);
  const { code, message, stdout, stderr } = await execInPod({
    ...own,
    ...{ access, command, pod: { namespace, name: pod } },
    ...(container === undefined ? {} : { container }),
    ...(stdin === undefined ? {} : { stdin }),
  });
  return { exitCode: code ?? neverRan, stdout, stderr: stderr || message };
}

/** The exit code of kubectl exec where there is no program of this name, as sh(1) has it. */
const neverRan = 126;

function apiOnce(lab: Lab): Promise<Api> {
  const known = apis.get(lab) ?? open(lab);
  apis.set(lab, known);
  return known;
}

async function open(lab: Lab): Promise<Api> {
  const access = await loadKubeConfig({ kubeconfig: lab.kubeconfig });
  return { access, client: kubeClient(access, { ...own, log: silentLogger }) };
}
