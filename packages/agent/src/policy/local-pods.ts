import type { IpAddress, OfPort } from "@antrea/net";
import { memberKey } from "@antrea/policy";

/** A Pod of this Node as rules need it: one for each port on the bridge. */
export interface LocalPod {
  /** The Node's end of its link: a Pod may have two for a moment. */
  readonly hostName: string;
  readonly namespace: string;
  readonly name: string;
  readonly ofPort: OfPort;
  readonly addresses: readonly IpAddress[];
}

/** Pods of this Node by the key that groups know them by. */
export interface LocalPods {
  /** The key of the Pod if something about it is new. */
  put(pod: LocalPod): string | undefined;
  remove(hostName: string): string | undefined;
  /** All ports of a Pod. */
  portsOf(key: string): readonly LocalPod[];
}

export function localPods(): LocalPods {
  const byPort = new Map<string, LocalPod>();
  const byPod = new Map<string, Map<string, LocalPod>>();

  return {
    put(pod) {
      const key = podMemberKey(pod);
      const before = byPort.get(pod.hostName);
      if (before && isSame(before, pod)) return undefined;
      byPort.set(pod.hostName, pod);
      const ports = byPod.get(key) ?? new Map<string, LocalPod>();
      ports.set(pod.hostName, pod);
      byPod.set(key, ports);
      return key;
    },
    remove(hostName) {
      const pod = byPort.get(hostName);
      if (!pod) return undefined;
      const key = podMemberKey(pod);
      byPort.delete(hostName);
      const ports = byPod.get(key);
      ports?.delete(hostName);
      if (ports?.size === 0) byPod.delete(key);
      return key;
    },
    portsOf: (key) => [...(byPod.get(key)?.values() ?? [])],
  };
}

export function podMemberKey({ namespace, name }: Pick<LocalPod, "namespace" | "name">): string {
  return memberKey({ pod: { namespace, name }, ips: [], ports: [] });
}

function isSame(a: LocalPod, b: LocalPod): boolean {
  return (
    a.ofPort === b.ofPort &&
    podMemberKey(a) === podMemberKey(b) &&
    a.addresses.join() === b.addresses.join()
  );
}
