export * from "./agent-info.ts";
export * from "./controller-info.ts";
export * from "./kind.ts";
export { customKinds } from "./kinds.ts";
export * from "./mode-change.ts";
export * from "./pod-cidr-claim.ts";
export { crdPage } from "./reference-page.ts";
