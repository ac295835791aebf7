export { type Gate, type GateLimits, gate, type Reviewers, type Verdict } from "./gate.ts";
export { apiMetrics } from "./metrics.ts";
export {
  type FrontProxy,
  forwardedUser,
  frontProxyConfig,
  parseFrontProxy,
} from "./front-proxy.ts";
export type { Access, Decision, PathAccess, ResourceAccess, UserInfo } from "./review.ts";
export type { ApiRequest, ServedApi, ServedCall } from "./served-api.ts";
export { statusBody } from "./status.ts";
