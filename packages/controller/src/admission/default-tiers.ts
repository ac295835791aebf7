import { apiVersionOfKind, objectNames, tierKind } from "@antrea/api";
import type { Logger, Reconciler } from "@antrea/base";
import type { KubeClient, KubeObject, Store } from "@antrea/kube";
import { type DefaultTier, defaultTiers, type TierRecord } from "@antrea/policy";
import { ownInputs } from "../policies/source.ts";

export interface DefaultTiersDeps {
  readonly tiers: Store<TierRecord>;
  readonly client: Pick<KubeClient, "apply">;
  readonly log: Logger;
}

/** Makes the Tiers that are always there; the key is a Tier's name. */
export function defaultTiersReconciler({
  tiers: store,
  client,
  log,
}: DefaultTiersDeps): Reconciler<string> {
  return {
    name: "default-tiers",
    async reconcile(name, signal) {
      const wanted = defaultTiers.find((one) => one.name === name);
      if (!wanted || store.get(name)?.priority === wanted.priority) return;
      await client.apply(ownInputs.tiers.resource, tierObject(wanted), {
        ...{ fieldManager: objectNames.controller, force: true },
        signal,
      });
      log.info("Made a default Tier", { tier: name });
    },
  };
}

function tierObject({ name, priority, description }: DefaultTier): KubeObject {
  return {
    ...{ apiVersion: apiVersionOfKind(tierKind), kind: tierKind.kind },
    metadata: { name },
    spec: { priority, description },
  } as KubeObject;
}
