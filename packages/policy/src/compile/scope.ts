import type { RuleAction } from "../model.ts";
import { type Needs, noOne, type Whom } from "./compiled.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where in a policy something is read. */
export interface Place {
  readonly needs: Needs;
  /** The field, as in `spec.ingress[0].from[1]`. */
  readonly at: string;
}

export interface RulePlace extends Place {
  readonly action: RuleAction;
}

export interface Scope extends Place {
  /** The policy's own Namespace; "" for a policy of the cluster. */
  readonly home: string;
  readonly surroundings: Surroundings;
}

export type RuleScope = Scope & RulePlace;

/**
 * A peer that cannot be enforced is nobody, told to whoever wrote it. That fails closed for a rule that
 * allows; of the others it has to be known that they do less than they say.
 */
export function unenforced({ at, action, needs }: RulePlace, what: string): Whom {
  needs.problem(
    action === "Allow"
      ? `${at}: ${what}; nothing is allowed by it`
      : `${at}: ${what}; the rule is not enforced for it`,
  );
  return noOne;
}

export function inside<P extends Place>(place: P, field: string): P {
  return { ...place, at: `${place.at}${field}` };
}
