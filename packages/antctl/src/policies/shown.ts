import { agentApi, type GroupRow, type PolicyRow } from "@antrea/api/local-api";
import { shownGroup, type ShownPolicy, shownPolicy } from "./computed-rows.ts";

/** Where each kind is asked for, of the controller and of agents, and how it is shown. */
export const shownPolicies = {
  stream: "networkpolicies",
  endpoint: agentApi.networkPolicies,
  ofController: shownPolicy,
  ofAgent: (all: readonly PolicyRow[]): readonly ShownPolicy[] => all,
} as const;

export const shownAddressGroups = {
  stream: "addressgroups",
  endpoint: agentApi.addressGroups,
  ofController: shownGroup,
  ofAgent: (all: readonly GroupRow[]) => all,
} as const;

export const shownAppliedToGroups = {
  stream: "appliedtogroups",
  endpoint: agentApi.appliedToGroups,
  ofController: shownGroup,
  ofAgent: (all: readonly GroupRow[]) => all,
} as const;
