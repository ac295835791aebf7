import {
  type IpAddress,
  type MacAddress,
  type OfPort,
  ofPort,
  parseIp,
  parseMac,
} from "@antrea/net";

/** A Pod's interface, as its port on the bridge records it. The bridge's database is the only place that knows. */
export interface PodInterface {
  readonly hostName: string;
  readonly containerId: string;
  /** The name inside the Pod, `eth0`. */
  readonly ifname: string;
  readonly netns: string;
  /** `name` of the network configuration: a runtime's GC speaks of one network. */
  readonly network: string;
  readonly podNamespace: string;
  readonly podName: string;
  readonly mac: MacAddress;
  readonly addresses: readonly IpAddress[];
  /** Undefined while ovs-vswitchd has not opened the port. */
  readonly ofPort?: OfPort | undefined;
  /** Why ovs-vswitchd could not open it. */
  readonly error?: string | undefined;
}

/** The network of ports that an earlier agent made: it did not write it down. */
const defaultNetwork = "antrea";

/** What a port of ours says about itself; the keys are Antrea's. */
export function podExternalIds(
  pod: Omit<PodInterface, "hostName" | "ofPort" | "error">,
): ReadonlyMap<string, string> {
  return new Map([
    ["antrea-type", "container"],
    ["attached-mac", pod.mac],
    ["ip-address", pod.addresses.join(",")],
    ["container-id", pod.containerId],
    ["pod-name", pod.podName],
    ["pod-namespace", pod.podNamespace],
    ["if-dev", pod.ifname],
    ["net-ns", pod.netns],
    ["cni-network", pod.network],
  ]);
}

/** What the port says once its Pod is gone: it has no flows, and is removed with the next ones that go. */
export function retiredExternalIds(
  pod: Omit<PodInterface, "hostName" | "ofPort" | "error">,
): ReadonlyMap<string, string> {
  return new Map([...podExternalIds(pod), ["antrea-type", "retired"]]);
}

/** One port of the bridge as the database has it. */
export interface PortRecord {
  readonly name: string;
  readonly externalIds: ReadonlyMap<string, string>;
  readonly ofport?: number | undefined;
  readonly error?: string | undefined;
}

/** Reads a port back; undefined if it is no Pod's, or not one that we understand. */
export function parsePodPort(port: PortRecord): PodInterface | undefined {
  return port.externalIds.get("antrea-type") === "container" ? readPort(port) : undefined;
}

/** The Pod that had the port and is gone. */
export function parseRetiredPort(port: PortRecord): PodInterface | undefined {
  return port.externalIds.get("antrea-type") === "retired" ? readPort(port) : undefined;
}

/** Whose port it is, or was. */
export function findPortOwner(externalIds: PortRecord["externalIds"]): PodInterface | undefined {
  const type = externalIds.get("antrea-type");
  if (type !== "container" && type !== "retired") return undefined;
  return readPort({ name: "", externalIds });
}

function readPort(port: PortRecord): PodInterface | undefined {
  const identity = identityOf(port.externalIds);
  return (
    identity && {
      ...identity,
      hostName: port.name,
      ofPort: port.ofport !== undefined && port.ofport > 0 ? ofPort(port.ofport) : undefined,
      error: port.error,
    }
  );
}

type PodIdentity = Omit<PodInterface, "hostName" | "ofPort" | "error">;

/** What was read of external IDs before: all Pods are asked for several times a second, and few change. */
const identities = new WeakMap<PortRecord["externalIds"], PodIdentity | undefined>();

function identityOf(ids: PortRecord["externalIds"]): PodIdentity | undefined {
  if (!identities.has(ids)) identities.set(ids, readIdentity(ids));
  return identities.get(ids);
}

function readIdentity(ids: PortRecord["externalIds"]): PodIdentity | undefined {
  const mac = parseMac(ids.get("attached-mac") ?? "");
  const containerId = ids.get("container-id");
  const addresses = (ids.get("ip-address") ?? "")
    .split(",")
    .filter((text) => text !== "")
    .map(parseIp);
  if (!mac || !containerId || addresses.includes(undefined)) return undefined;
  return {
    containerId,
    ifname: ids.get("if-dev") ?? "eth0",
    netns: ids.get("net-ns") ?? "",
    network: ids.get("cni-network") ?? defaultNetwork,
    podNamespace: ids.get("pod-namespace") ?? "",
    podName: ids.get("pod-name") ?? "",
    mac,
    addresses: addresses as IpAddress[],
  };
}

/** What a Pod is called in owners, logs and answers: `namespace/name`, or the container where no Pod is named. */
export function podKey({
  podNamespace,
  podName,
  containerId,
  ifname,
}: Pick<PodInterface, "podNamespace" | "podName" | "containerId" | "ifname">): string {
  const name = podName === "" ? `container/${containerId}` : `${podNamespace}/${podName}`;
  return ifname === "eth0" ? name : `${name}/${ifname}`;
}

/** One attachment of one container: what CNI calls are about. */
export function attachmentKey({
  containerId,
  ifname,
}: Pick<PodInterface, "containerId" | "ifname">): string {
  return `${containerId}/${ifname}`;
}
