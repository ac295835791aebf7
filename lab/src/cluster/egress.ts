import type { LabPlan } from "../plan/lab-plan.ts";

/** Where node-1's proxy listens for the API server. A path for a socket has 107 bytes (unix(7)). */
export function egressSocket({ stateFolder }: LabPlan): string {
  return `${stateFolder}/egress.sock`;
}

/**
 * The API server's egress selector: what it asks of Nodes, Pods and Services goes through a proxy that
 * speaks HTTP CONNECT (RFC 9110, section 9.3.6), as on clusters whose control plane lies elsewhere.
 */
export function egressSelector(plan: LabPlan): object {
  return {
    apiVersion: "apiserver.k8s.io/v1beta1",
    kind: "EgressSelectorConfiguration",
    egressSelections: [
      {
        name: "cluster",
        connection: {
          proxyProtocol: "HTTPConnect",
          transport: { uds: { udsName: egressSocket(plan) } },
        },
      },
    ],
  };
}

/** The host and port of a CONNECT request, `10.244.1.2:80` or `[fd00::2]:80`. */
export function parseAuthority(
  text: string,
): { readonly host: string; readonly port: number } | undefined {
  const [, v6, other, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? other;
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
