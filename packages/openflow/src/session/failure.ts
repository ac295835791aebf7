import type { Flow } from "../flow/flow.ts";

/** Why something asked of the switch did not happen. */
export type OpenFlowFailure =
  /** The switch refused one or more messages; nothing of an atomic bundle was done. */
  | { readonly code: "refused"; readonly refusals: readonly Refusal[] }
  | { readonly code: "timeout"; readonly request: string; readonly afterMs: number }
  /** The reply was not understood; `cause` says where. */
  | { readonly code: "bad-reply"; readonly request: string }
  | { readonly code: "closed"; readonly reason: string }
  | { readonly code: "version"; readonly theirs: readonly number[] };

/** One error of the switch and what it was about. */
export interface Refusal {
  /** As the specification spells it, such as "OFPBFC_MSG_FAILED". */
  readonly error: string;
  /** The message that the switch refused; a flow in its text form. */
  readonly request: string;
  /** The same, of a flow. */
  readonly flow?: Flow;
}

/** A failure of the connection or of something asked through it. Callers switch on `failure.code`. */
export class OpenFlowError extends Error {
  override readonly name = "OpenFlowError";
  readonly failure: OpenFlowFailure;

  constructor(failure: OpenFlowFailure, cause?: unknown) {
    super(failureText(failure), cause === undefined ? {} : { cause });
    this.failure = failure;
  }
}

const lacksTracking =
  " (its datapath lacks connection zones, marks, labels or NAT, which a kernel may be built without)";

/** What Open vSwitch's names do not say by themselves (ovs-actions(7), "ct"). */
const reasons: Readonly<Record<string, string>> = {
  NXBAC_CT_DATAPATH_SUPPORT: lacksTracking,
  NXBMC_CT_DATAPATH_SUPPORT: lacksTracking,
};

function failureText(failure: OpenFlowFailure): string {
  switch (failure.code) {
    case "refused": {
      const [first, ...rest] = failure.refusals;
      const more = rest.length === 0 ? "" : `, and ${rest.length} more`;
      const why = reasons[first?.error ?? ""] ?? "";
      return `The switch refused with ${first?.error}${why}: ${first?.request}${more}`;
    }
    case "timeout":
      return `The switch did not answer within ${failure.afterMs} ms: ${failure.request}`;
    case "bad-reply":
      return `The switch's answer was not understood: ${failure.request}`;
    case "closed":
      return `The connection to the switch is closed: ${failure.reason}`;
    case "version":
      return `The switch does not speak OpenFlow 1.5; it offers wire versions ${failure.theirs.join(", ")}`;
  }
}
