import type { Computed, ComputedObjects } from "@antrea/policy";
import type { LocalPod } from "../../policy/local-pods.ts";
import type { PolicyState, Told } from "../../policy/state.ts";
import { ofPort } from "@antrea/net";
import type { ToldCluster } from "@antrea/policy/reference/testing";

/** Has a Node's state told what a computation tells, in its order, as the controller's streams do. */
export function followComputed(computed: Computed, node: string, state: PolicyState): void {
  follow(computed.appliedToGroups, state.appliedToGroups);
  follow(computed.addressGroups, state.addressGroups);
  follow(computed.networkPolicies, state.networkPolicies);

  function follow<T>(objects: ComputedObjects<T>, told: Told<T>): void {
    objects.onChange(({ name, joined, stayed, left }) => {
      const isFor = (nodes: Iterable<string>): boolean => [...nodes].includes(node);
      const object = objects.forNode(name, node);
      if (object && (isFor(joined) || isFor(stayed))) told.put(object);
      if (isFor(left)) told.remove(name);
    });
  }
}

/** The Pods that have a port on the Node's bridge. */
export function podsOn(node: string, { pods }: ToldCluster): readonly LocalPod[] {
  return pods
    .filter(({ nodeName, hostNetwork, isFinished }) => {
      return nodeName === node && !hostNetwork && !isFinished;
    })
    .map(({ namespace, name, ips, uid }, i) => ({
      ...{ hostName: uid, namespace, name, ofPort: ofPort(i + 1), addresses: ips },
    }));
}
