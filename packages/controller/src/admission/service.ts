import { type ControllerConfig, objectNames } from "@antrea/api";
import { type Service, taskGroup } from "@antrea/base";
import type { Store } from "@antrea/kube";
import type { OpenPaths } from "@antrea/kube/io";
import type { TierRecord } from "@antrea/policy";
import type { Watched } from "../policies/source.ts";
import { knowledge } from "./knowledge.ts";
import { type AdmissionSourceDeps, admissionSource, watchedBy } from "./source.ts";
import { webhooks } from "./webhooks.ts";

export interface AdmissionDeps extends AdmissionSourceDeps {
  readonly config: Pick<ControllerConfig, "featureGates">;
  readonly namespace: string;
}

/** Every controller answers, the leading one or not. */
export interface Admission extends Service {
  readonly webhooks: OpenPaths;
  readonly tiers: Store<TierRecord>;
  /** What policies are computed from, as far as it is watched here: nothing while the gate AntreaPolicy is closed. */
  readonly watched: readonly Watched[];
}

export function admission(deps: AdmissionDeps): Admission {
  const { config, client, namespace } = deps;
  const source = admissionSource(deps);
  const watches = Object.values(source);
  const tasks = taskGroup();
  return {
    name: "admission",
    tiers: source.tiers.store,
    watched: config.featureGates.AntreaPolicy ? watchedBy(source) : [],
    webhooks: webhooks({
      knowledge: knowledge({ source, client }),
      hasAntreaPolicies: config.featureGates.AntreaPolicy,
      hasClusterPolicies: config.featureGates.ClusterNetworkPolicy,
      isL7Enabled: config.featureGates.L7NetworkPolicy,
      ownUsername: `system:serviceaccount:${namespace}:${objectNames.controller}`,
    }),
    async start() {
      // not waited for: an API server may lack the kinds, and Nodes get their Pod CIDRs all the same
      for (const watch of watches) tasks.run(watch.name, (signal) => watch.start(signal));
    },
    async stop() {
      await Promise.all([tasks.close(), ...watches.map((watch) => watch.stop())]);
    },
  };
}
