import {
  type ControllerConfig,
  type ControllerInfo,
  featureGateRows,
  PRODUCT_VERSION,
} from "@antrea/api";
import { type ControllerApi, type Handlers, refuse } from "@antrea/api/local-api";
import type { RootLogger } from "@antrea/base/io";
import type { PolicyComputation } from "@antrea/policy";

export interface LocalApiDeps {
  readonly config: ControllerConfig;
  readonly log: Pick<RootLogger, "level">;
  /** Undefined while this controller does not lead. */
  readonly info: () => ControllerInfo | undefined;
  /** Undefined while this controller has not computed the policies of the cluster. */
  readonly policies: () => Pick<PolicyComputation, "endpoint" | "networkPolicies"> | undefined;
  /** Who leads, as far as is known. */
  readonly leader: () => string | undefined;
}

/** What antctl gets from the controller. */
export function controllerHandlers({
  config,
  log,
  info,
  policies,
  leader,
}: LocalApiDeps): Handlers<ControllerApi> {
  const logLevel = () => ({ level: log.level });
  const computed = () => {
    const computation = policies();
    if (computation) return computation;
    throw refuse(503, info() ? "The policies are not computed yet." : standsBy(leader()));
  };
  return {
    version: () => ({ component: "antrea-controller", version: PRODUCT_VERSION }),
    featureGates: () => featureGateRows("controller", config.featureGates),
    logLevel,
    setLogLevel({ body }) {
      log.level = body.level;
      return logLevel();
    },
    controllerInfo() {
      const now = info();
      if (now) return now;
      throw refuse(503, standsBy(leader()));
    },
    endpoint({ query: { namespace, pod: name } }) {
      const found = computed().endpoint({ namespace, name });
      if (found) return found;
      throw refuse(404, `There is no Pod ${namespace}/${name} that is bound to a Node.`);
    },
    policySpan({ query: { uid } }) {
      const { networkPolicies } = computed();
      const policy = networkPolicies.get(uid);
      // it may be that the news of it is on its way
      if (!policy) return { generation: 0, nodes: [] };
      return { generation: policy.generation, nodes: [...networkPolicies.span(uid)] };
    },
  };
}

function standsBy(leader: string | undefined): string {
  return `This controller stands by; ${leader ? `${leader} leads, ask that one` : "nobody leads yet"}.`;
}
