import type { Direction, PolicyKind, RuleAction } from "../model.ts";
import type { Endpoint, Traffic } from "./packet.ts";

/** Where rules are asked: `ordered` first, one after the other; then Kubernetes' own, which only allow; then `baseline`. */
export type Stage = "ordered" | "kubernetes" | "baseline";

export interface PolicyName {
  readonly kind: PolicyKind;
  /** Empty for kinds of the cluster. */
  readonly namespace: string;
  readonly name: string;
}

/** A rule by its name, for people. */
export interface RuleName extends PolicyName {
  readonly direction: Direction;
  /** In the policy's list for the direction, from 0. */
  readonly index: number;
  /** Empty where its author gave it none. */
  readonly rule: string;
  readonly action: RuleAction;
}

/** A rule as questions. */
export interface ReferenceRule {
  readonly name: RuleName;
  readonly stage: Stage;
  /** Of the tier, then of the policy in it; the lowest first, the index after them. */
  readonly standing: readonly [tier: number, priority: number];
  isFor(subject: Endpoint): boolean;
  speaksOf(peer: Endpoint, subject: Endpoint): boolean;
  /** Whether it speaks of it as a Pod, by its labels or as one of all, and not only as an address of a network. */
  selects(peer: Endpoint, subject: Endpoint): boolean;
  /** Named ports are those of the destination's Pod. */
  carries(traffic: Traffic, destination: Endpoint): boolean;
}

/** That a policy of Kubernetes leaves its Pods, in a direction, nothing but what some policy allows. */
export interface Isolation {
  readonly policy: PolicyName;
  readonly direction: Direction;
  isFor(subject: Endpoint): boolean;
}

export interface RuleSet {
  readonly rules: readonly ReferenceRule[];
  readonly isolations: readonly Isolation[];
}
