export { type Gate, gate, type Reviewers, type Verdict } from "./gate.ts";
export { apiMetrics } from "./metrics.ts";
export type { Decision, PathAccess, UserInfo } from "./review.ts";
export { statusBody } from "./status.ts";
