/** Says what it would take for this machine to have a route, and changes nothing: `node examples/plan-route.ts CIDR VIA`. */
import {
  diffHost,
  formatStep,
  hostState,
  type ObservedHost,
  planHost,
  route,
  routeProtocol,
} from "@antrea/linux";
import { hostNetwork } from "@antrea/linux/io";
import { type Cidr, type IpAddress, parseCidr, parseIp } from "@antrea/net";

/** The steps from what a machine has to the route; none if it is there. */
export function planRoute(
  observed: ObservedHost,
  destination: Cidr,
  via: IpAddress,
  device: string,
): readonly string[] {
  const wanted = route({ destination, via, device, protocol: routeProtocol.antrea });
  return planHost(diffHost(observed, hostState({ routes: [wanted] }), {})).map(formatStep);
}

if (import.meta.main) {
  const [destination, via] = [parseCidr(process.argv[2] ?? ""), parseIp(process.argv[3] ?? "")];
  if (destination && via) {
    const host = hostNetwork();
    const device = host.resolveRoute(via)?.device;
    const steps = device ? planRoute(await host.observe(), destination, via, device) : [];
    if (device) console.log(steps.join("\n") || "The route is there.");
    else console.error(`This machine has no way to ${via}`);
    process.exitCode = device ? 0 : 1;
  } else {
    console.error("Say a network and a router, as in 10.244.9.0/24 192.0.2.7");
    process.exitCode = 2;
  }
}
