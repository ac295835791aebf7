import {
  type ControllerConfig,
  type ControllerInfo,
  featureGateRows,
  PRODUCT_VERSION,
} from "@antrea/api";
import { type ControllerApi, type Handlers, refuse } from "@antrea/api/local-api";
import type { RootLogger } from "@antrea/base/io";

export interface LocalApiDeps {
  readonly config: ControllerConfig;
  readonly log: Pick<RootLogger, "level">;
  /** Undefined while this controller does not lead. */
  readonly info: () => ControllerInfo | undefined;
  /** Who leads, as far as is known. */
  readonly leader: () => string | undefined;
}

/** What antctl gets from the controller. */
export function controllerHandlers({
  config,
  log,
  info,
  leader,
}: LocalApiDeps): Handlers<ControllerApi> {
  const logLevel = () => ({ level: log.level });
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
      const who = leader();
      throw refuse(
        503,
        `This controller stands by; ${who ? `${who} leads, ask that one` : "nobody leads yet"}.`,
      );
    },
  };
}
