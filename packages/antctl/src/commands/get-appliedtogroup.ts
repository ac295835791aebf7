import { groupCommand } from "../policies/group-command.ts";
import { shownAppliedToGroups } from "../policies/shown.ts";

export const getAppliedToGroup = groupCommand("appliedtogroup", shownAppliedToGroups, {
  shortName: "atg",
  summary:
    "Print the groups of Pods and Nodes that Nodes have: whom policies are for, each Node its own",
});
