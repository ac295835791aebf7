import { type NodeView, objectNames } from "@antrea/api";
import type { ServerNames } from "@antrea/base/io/certificates";
import { type IpAddress, ipToBytes, parseIp } from "@antrea/net";

/** What the certificate of this Node's API says who it is: all by which it may be asked. */
export function apiNames({
  name,
  internalIps,
  externalIps,
}: Pick<NodeView, "name" | "internalIps" | "externalIps">): ServerNames {
  const loopback = ["127.0.0.1", "::1"].map((text) => parseIp(text) as IpAddress);
  const addresses = new Set([...internalIps, ...externalIps, ...loopback]);
  return {
    commonName: `${objectNames.agent}-${name}`.slice(0, longestCommonName),
    dnsNames: [name, "localhost"],
    ipAddresses: [...addresses].map(ipToBytes),
  };
}

/** RFC 5280 appendix A.1, ub-common-name; nobody reads it who has the other names. */
const longestCommonName = 50; // the authority's own name has more behind it
