import { groupCommand } from "../policies/group-command.ts";
import { shownAddressGroups } from "../policies/shown.ts";

export const getAddressGroup = groupCommand("addressgroup", shownAddressGroups, {
  shortName: "ag",
  summary: "Print the groups of Pods and Nodes that Nodes have: whom policies speak of as peers",
});
