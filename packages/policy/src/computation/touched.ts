import type { AddressGroupState } from "./address-group.ts";
import type { AppliedToGroupState } from "./applied-to-group.ts";
import type { PolicyState } from "./policy-state.ts";

/** What may be different since the last event was over. */
export interface Touched {
  readonly policies: Set<PolicyState>;
  readonly addressGroups: Set<AddressGroupState>;
  readonly appliedToGroups: Set<AppliedToGroupState>;
}
