import { CommandFailure, UsageError } from "@antrea/command";
import { familyOf, type IpAddress, type IpFamily, parseIp } from "@antrea/net";
import { type Cluster, endpointAt } from "@antrea/policy/reference";

export const familyByNumber = { "4": "ipv4", "6": "ipv6" } as const;

export interface End {
  readonly address: IpAddress;
  /** Whose address it is, for people. */
  readonly name: string;
  /** The Node of the Pod, where it is one. */
  readonly node?: string | undefined;
}

/** The addresses of two ends as people name them, of one family: the one asked for, or the first that both have. */
export function endsOf(
  cluster: Cluster,
  asked: {
    readonly source: string;
    readonly destination: string;
    readonly family: IpFamily | undefined;
  },
): { readonly source: End; readonly destination: End } {
  const from = addressesOf(cluster, asked.source);
  const to = addressesOf(cluster, asked.destination);
  const isAsked = (one: IpAddress): boolean =>
    asked.family === undefined || familyOf(one) === asked.family;
  for (const source of from.filter(isAsked)) {
    const destination = to.find((one) => familyOf(one) === familyOf(source));
    if (destination)
      return { source: endAt(cluster, source), destination: endAt(cluster, destination) };
  }
  throw new UsageError(
    `${asked.source} has ${from.join(", ")}, ${asked.destination} has ${to.join(", ")}: no two of ${asked.family ?? "one IP family"}.`,
  );
}

function addressesOf(cluster: Cluster, text: string): readonly IpAddress[] {
  const address = parseIp(text);
  if (address) return [address];
  const [namespace, name] = text.includes("/") ? text.split("/", 2) : ["default", text];
  const pod = cluster.pods.find((one) => one.namespace === namespace && one.name === name);
  if (!pod) throw new CommandFailure(`There is no Pod ${name} in Namespace ${namespace}.`);
  if (pod.ips.length === 0 || pod.isFinished)
    throw new CommandFailure(`Pod ${namespace}/${name} has no address: it does not run.`);
  return pod.ips;
}

function endAt(cluster: Cluster, address: IpAddress): End {
  const { pod, node } = endpointAt(cluster, address);
  const at = pod?.nodeName;
  if (pod) return { address, name: `Pod ${pod.namespace}/${pod.name} on ${at}`, node: at };
  return { address, name: node ? `Node ${node.name}` : "outside the cluster" };
}
