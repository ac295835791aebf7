import type { ShapeType } from "@antrea/base";
import { changeSteps, networkSettings } from "../network-settings.ts";
import { field } from "./field.ts";
import type { CustomKind } from "./kind.ts";

/** How many Nodes that are waited for are listed by name. */
export const MOST_LISTED_WAITING = 20;

const waiting = field.object("A Node that is waited for.", {
  nodeName: field.text("The Node."),
  reason: field.text("A sentence for people."),
});

const spec = field.object(
  "What changes, and how far it has come. Written by the leading controller.",
  {
    number: field.whole("Counts the changes of this cluster.", 1),
    from: networkSettings,
    to: networkSettings,
    step: field.oneOf(
      "Accept: every Node takes both forms. Send: Nodes send the new form to those that take it. Retire: the old form ends. Done: all Nodes have it behind them.",
      changeSteps,
    ),
    startedAt: field.time("When the change began."),
    stepSince: field.time("When this step began."),
  },
);

const status = field.object("Progress of the step.", {
  nodes: field.whole("Nodes that take part."),
  ready: field.whole("Those that are through with the step."),
  waiting: field.list("Those that are not, at most 20.", waiting, MOST_LISTED_WAITING),
  next: field.optional(networkSettings),
  problem: field.optional(field.text("Why antrea-agent.conf as it stands now is not followed.")),
});

const fields = field.object(
  "The change of traffic mode, tunnel or MTU that is under way, or the last one: there is one object, `antrea`.",
  { spec, status: field.optional(status) },
);

export type ModeChange = ShapeType<typeof fields>;
export type ModeChangeStatus = ShapeType<typeof status>;

/** Ours, not Antrea's: agents act on it, and not each on the file that it was started with. */
export const modeChangeKind: CustomKind<ModeChange> = {
  kind: "ModeChange",
  plural: "modechanges",
  singular: "modechange",
  shortNames: ["mc"],
  version: "v1alpha1",
  scope: "Cluster",
  fields,
  columns: [
    { name: "Number", type: "integer", description: "The change", jsonPath: ".spec.number" },
    {
      name: "From",
      type: "string",
      description: "Mode before",
      jsonPath: ".spec.from.trafficEncapMode",
    },
    {
      name: "To",
      type: "string",
      description: "Mode after",
      jsonPath: ".spec.to.trafficEncapMode",
    },
    {
      name: "Tunnel",
      type: "string",
      description: "Tunnel after",
      jsonPath: ".spec.to.tunnelType",
    },
    { name: "Step", type: "string", description: "How far it has come", jsonPath: ".spec.step" },
    {
      name: "Ready",
      type: "integer",
      description: "Nodes through with it",
      jsonPath: ".status.ready",
    },
    {
      name: "Nodes",
      type: "integer",
      description: "Nodes that take part",
      jsonPath: ".status.nodes",
    },
    { name: "Since", type: "date", description: "Begin of the step", jsonPath: ".spec.stepSince" },
  ],
};
