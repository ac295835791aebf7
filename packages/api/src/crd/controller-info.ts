import type { ShapeType } from "@antrea/base";
import { conditionField, objectReferenceField, policyCountsField } from "./condition.ts";
import { field } from "./field.ts";
import type { CustomKind } from "./kind.ts";

/** The first is Antrea's; the second is ours. */
export const controllerConditionTypes = [
  "ControllerHealthy",
  "NodeIPAMHealthy",
  "CloudRoutes",
] as const;
export type ControllerConditionType = (typeof controllerConditionTypes)[number];

const fields = field.object("What the leading controller says of itself.", {
  version: field.optional(field.text("Version of the controller.")),
  podRef: field.optional(objectReferenceField("The controller's Pod.")),
  nodeRef: field.optional(objectReferenceField("The controller's Node.")),
  serviceRef: field.optional(objectReferenceField("The controller's Service.")),
  networkPolicyControllerInfo: field.optional(policyCountsField),
  connectedAgentNum: field.optional(
    field.whole("Agents whose last heartbeat is at most three of its periods old."),
  ),
  controllerConditions: field.optional(
    conditionField("What is so and what is not.", controllerConditionTypes),
  ),
  apiPort: field.optional(field.whole("TCP port of the controller.", 0, 65535)),
});

export type ControllerInfo = ShapeType<typeof fields>;

/** `kubectl get antreacontrollerinfos`: the one is `antrea-controller`. */
export const controllerInfoKind: CustomKind<ControllerInfo> = {
  kind: "AntreaControllerInfo",
  plural: "antreacontrollerinfos",
  singular: "antreacontrollerinfo",
  shortNames: ["aci"],
  version: "v1beta1",
  scope: "Cluster",
  fields,
  columns: [
    {
      name: "Healthy",
      type: "string",
      description: "Health of the controller",
      jsonPath: ".controllerConditions[?(@.type=='ControllerHealthy')].status",
    },
    {
      name: "Last Heartbeat",
      type: "date",
      description: "Last time that the controller said so",
      jsonPath: ".controllerConditions[?(@.type=='ControllerHealthy')].lastHeartbeatTime",
    },
    {
      name: "Version",
      type: "string",
      description: "Version of the controller",
      jsonPath: ".version",
      isWide: true,
    },
    {
      name: "Connected Agents",
      type: "integer",
      description: "Agents with a fresh heartbeat",
      jsonPath: ".connectedAgentNum",
      isWide: true,
    },
    {
      name: "Node",
      type: "string",
      description: "Node of the controller",
      jsonPath: ".nodeRef.name",
      isWide: true,
    },
    {
      name: "Num Network Policies",
      type: "integer",
      description: "Policies that the controller holds",
      jsonPath: ".networkPolicyControllerInfo.networkPolicyNum",
      isWide: true,
    },
  ],
};
