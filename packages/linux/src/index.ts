export {
  diffHost,
  type HostChange,
  isEmptyHostChange,
  type ObservedHost,
  type Ownership,
} from "./host/diff.ts";
export type { EchoRequest, EchoResult } from "./host/echo.ts";
export { HostError, type HostProblem, isErrno } from "./host/error.ts";
export type { HostEvent, WatchedKind } from "./host/event.ts";
export type { ObservedLink } from "./host/links.ts";
export type * from "./host/network.ts";
export { observedHost } from "./host/observed.ts";
export type { OffloadName, Offloads } from "./host/offload.ts";
export { formatStep, type HostStep, planHost } from "./host/plan.ts";
export type { PodMtuSpec } from "./host/pod-mtu.ts";
export {
  connectedRoute,
  endingLinkGroup,
  hostEndSysctls,
  type PodGateway,
  type PodSends,
  type PodVeth,
  type PodVethSpec,
  podLinkGroup,
} from "./host/pod-veth.ts";
export type { DeviceFrames, ReceiveModeration } from "./host/receive-moderation.ts";
export type { ResolvedRoute } from "./host/resolution.ts";
export * from "./host/state.ts";
export {
  findTransport,
  type TransportChoice,
  TransportError,
  type TransportInterface,
  type TransportProblem,
} from "./host/transport.ts";
export { nftEntries, ruleEntries } from "./nft/entries.ts";
export { renderTable } from "./nft/render.ts";
export { shapeOf } from "./nft/shape.ts";
export type * from "./nft/table.ts";
