export { type KeepRoutesDeps, keepRoutes, type RoutesReport } from "./keep-routes.ts";
export type { CloudRoute, RouteProvider, WantedRoute } from "./provider.ts";
