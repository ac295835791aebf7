import type { ControllerInfo } from "@antrea/api";
import type { AntctlContext, Wait } from "../context.ts";

type Condition = NonNullable<ControllerInfo["controllerConditions"]>[number];

/** What the controller says of the cloud's table of routes; undefined where it keeps none, or cannot be asked from here. */
export async function keptRoutes(
  context: AntctlContext,
  options: Wait,
): Promise<Condition | undefined> {
  if (context.place !== "outside") return undefined;
  const info = await (await context.cluster()).controllerInfo(options);
  return info?.controllerConditions?.find(({ type }) => type === "CloudRoutes");
}

/** That, for people. */
export function keptRoutesLines(condition: Condition | undefined): readonly string[] {
  if (!condition) return [];
  const { status, reason, message = "" } = condition;
  const how = reason === "DryRun" ? " in a dry run (cloudRoutes.dryRun)" : "";
  const says = `antrea-controller keeps the cloud's table of routes${how}`;
  return [
    status === "True" ? `${says}: it is as wanted.` : `${says}:`,
    ...(status === "True" ? [] : message.split("; ").map((line) => `  ${line}`)),
  ];
}
