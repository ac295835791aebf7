import { parseIp } from "@antrea/net";
import { describe } from "./document.ts";
import type { ValueType } from "./option.ts";

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/i;

/** A host name, an address ("[…]" around IPv6), or `namespace/service`. */
function isHost(text: string): boolean {
  const bracketed = /^\[(.+)\]$/.exec(text)?.[1];
  if (bracketed !== undefined) return bracketed.includes(":") && parseIp(bracketed) !== undefined;
  const parts = text.split("/");
  return parts.length <= 2 && parts.every((part) => DNS_NAME.test(part));
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

function endpointText(wanted: string, isWanted: (text: string) => boolean): ValueType<string> {
  return {
    wanted,
    format: (value) => JSON.stringify(value),
    read(node, key, report) {
      if (node.kind === "scalar" && typeof node.value === "string" && isWanted(node.value))
        return node.value;
      report(node, key, `Got ${describe(node)}, wanted ${wanted}.`);
      return undefined;
    },
  };
}

/** Where flow records go: host, or namespace/service, then optionally port and protocol. */
export const collectorAddress = endpointText(
  'HOST[:PORT[:PROTOCOL]] with protocol tls, tcp, udp or grpc, such as "flow-aggregator/flow-aggregator:4739:tcp"',
  (text) => {
    const [, host = "", , port, , protocol] =
      /^(\[[^\]]*\]|[^:]+)(:(\d+)(:([a-z]+))?)?$/.exec(text)?.map((part) => part ?? "") ?? [];
    return (
      isHost(host) &&
      (!port || isPort(port)) &&
      (!protocol || ["tls", "tcp", "udp", "grpc"].includes(protocol))
    );
  },
);

/** Where the Kubernetes API answers: a host, host:port, or an https URL; "" for the usual way. */
export const apiServerAddress = endpointText(
  'a host, "host:port" or an https URL, or "" for the in-cluster address',
  (text) => {
    if (text === "" || parseIp(text)) return true;
    const rest = text.replace(/^https?:\/\//, "").replace(/\/$/, "");
    const [, host = "", , port = ""] =
      /^(\[[^\]]*\]|[^:/]+)(:(\d+))?$/.exec(rest)?.map((part) => part ?? "") ?? [];
    return isHost(host) && (port === "" || isPort(port));
  },
);

/** "ADDRESS:PORT" to listen on. */
export const bindAddress = endpointText('an address and port such as "0.0.0.0:10256"', (text) => {
  const [, host = "", port = ""] = /^(.+):(\d+)$/.exec(text) ?? [];
  const address = /^\[(.+)\]$/.exec(host)?.[1] ?? host;
  return parseIp(address) !== undefined && isPort(port);
});
