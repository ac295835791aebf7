import { ofPort } from "@antrea/net";
import type { Computed, ComputedObjects, PolicyRecord } from "@antrea/policy";
import { withDefaults } from "@antrea/policy/admission";
import type { PlannedObject } from "@antrea/policy/plan";
import { policyObject, type ToldCluster } from "@antrea/policy/reference/testing";
import type { LocalPod } from "../../policy/local-pods.ts";
import type { PolicyState, Told } from "../../policy/state.ts";

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

/** The policies of a manifest that its plan says would be made or changed. */
export function acceptedOf(
  manifest: readonly PolicyRecord[],
  planned: readonly PlannedObject[],
): readonly PolicyRecord[] {
  return manifest.filter((_, i) => ["create", "change"].includes(planned[i]?.action ?? ""));
}

/** Policies as the API server would keep them, with the UIDs that a plan gives to those that are new. */
export function appliedPolicies(
  before: readonly PolicyRecord[],
  accepted: readonly PolicyRecord[],
): readonly PolicyRecord[] {
  return accepted.map((policy) => {
    const former = before.find((one) => policyName(one) === policyName(policy));
    const { kind } = policyObject(policy) as { readonly kind: string };
    const place = policy.namespace === "" ? policy.name : `${policy.namespace}/${policy.name}`;
    const isOurs = policy.kind.startsWith("Antrea");
    return {
      ...policy,
      ...(isOurs && { spec: withDefaults(policy.spec as Parameters<typeof withDefaults>[0]) }),
      uid: former?.uid ?? `planned:${kind}:${place}`,
      generation: (former?.generation ?? 0) + 1,
    } as PolicyRecord;
  });
}

/** What no two policies share. */
export function policyName({ kind, namespace, name }: PolicyRecord): string {
  return `${kind} ${namespace}/${name}`;
}
