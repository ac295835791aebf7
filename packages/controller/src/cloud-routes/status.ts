import type { ControllerInfo } from "@antrea/api";
import type { RoutesReport } from "./keep-routes.ts";

type Condition = NonNullable<ControllerInfo["controllerConditions"]>[number];

/** How many lines are listed; a table of a thousand routes does not fit into a condition. */
const mostLines = 20;

/** The table of routes, as a condition of AntreaControllerInfo. */
export function routesCondition({
  isDryRun,
  steps,
  problems,
}: RoutesReport): Omit<Condition, "lastHeartbeatTime"> {
  const isAsWanted = steps.length + problems.length === 0;
  const lines = [...problems, ...steps.map((step) => (isDryRun ? `would ${step}` : `to ${step}`))];
  const more = lines.length - mostLines;
  return {
    type: "CloudRoutes",
    status: isAsWanted ? "True" : "False",
    reason: isAsWanted ? "AsWanted" : isDryRun ? "DryRun" : "Incomplete",
    message: isAsWanted
      ? "The table leads each Pod CIDR to its Node"
      : [...lines.slice(0, mostLines), ...(more > 0 ? [`and ${more} more`] : [])].join("; "),
  };
}
