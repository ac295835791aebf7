import { objectNames } from "@antrea/api";
import type { ServerNames } from "@antrea/base/io/certificates";
import { ipToBytes, parseIp } from "@antrea/net";

/** What the certificate of the API says who it is: the Service in front of it, and this Pod. */
export function apiNames(
  { podNamespace }: { readonly podNamespace: string },
  podIp: string | undefined,
): ServerNames {
  const service = `${objectNames.service}.${podNamespace}.svc`;
  const addresses = ["127.0.0.1", "::1", podIp ?? ""].flatMap((text) => parseIp(text) ?? []);
  return {
    commonName: objectNames.controller,
    dnsNames: [service, `${service}.cluster.local`, "localhost"],
    ipAddresses: [...new Set(addresses)].map(ipToBytes),
  };
}
