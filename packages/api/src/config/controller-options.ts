import { apiServerAddress } from "./endpoint.ts";
import { gateSettings } from "./feature-gates.ts";
import { option, section } from "./option.ts";
import { cipherSuites, tlsVersion } from "./tls.ts";
import { boolean, cidr, filePath, integer, listOf, optional, port } from "./values.ts";

const later = { activity: "later" } as const;

/** Every option of `antrea-controller.conf`, in the way of `agentOptions`. */
export const controllerOptions = {
  featureGates: option(gateSettings, Object.freeze({}), {
    summary: "Opens or closes features by name; `AllAlpha` and `AllBeta` do so for a whole stage.",
  }),
  nodeIPAM: section("Gives each Node its Pod CIDR.", {
    enableNodeIPAM: option(boolean, false, {
      summary:
        "Turns it on. Leave it off where kube-controller-manager (`--allocate-node-cidrs`) or the cloud does so.",
    }),
    clusterCIDRs: option(listOf(cidr, 2), Object.freeze([]), {
      summary: "The networks that Pod CIDRs are cut from: at most one for each address family.",
    }),
    nodeCIDRMaskSizeIPv4: option(integer(8, 30), 24, {
      summary: "Prefix length of a Node's IPv4 Pod CIDR.",
    }),
    nodeCIDRMaskSizeIPv6: option(integer(48, 126), 64, {
      summary: "Prefix length of a Node's IPv6 Pod CIDR.",
    }),
    serviceCIDR: option(optional(cidr), "", {
      summary: "The Service network; no Pod CIDR is cut from it.",
    }),
    serviceCIDRv6: option(optional(cidr), "", {
      summary: "The IPv6 Service network; no Pod CIDR is cut from it.",
    }),
  }),
  kubeAPIServerOverride: option(apiServerAddress, "", {
    summary:
      "Where the Kubernetes API answers, for a Node where the in-cluster Service address does not (yet).",
  }),
  apiPort: option(port(), 10349, {
    summary:
      "TCP port of the API, in TLS: `/healthz`, `/livez` and `/readyz` for everybody; `/metrics` and what antctl reads for whom RBAC allows.",
  }),
  enablePrometheusMetrics: option(boolean, true, { summary: "Serves `/metrics`." }),
  selfSignedCert: option(boolean, true, {
    summary:
      "The controller makes the API's certificate itself, and tells in the ConfigMap `antrea-ca` whom to trust. Where false, it takes that of the Secret `antrea-controller-tls` (`tls.crt`, `tls.key`, `ca.crt`), also when it is replaced.",
  }),
  tlsCipherSuites: option(cipherSuites, Object.freeze([]), {
    summary:
      "Cipher suites of the API, with commas between them; empty for the usual. Where none of TLS 1.3 is named, that version has its usual ones.",
  }),
  tlsMinVersion: option(tlsVersion, "", {
    summary:
      'Lowest TLS version of the API. Nothing below 1.2 is spoken: `""`, `VersionTLS10` and `VersionTLS11` mean 1.2.',
  }),
  clientCAFile: option(optional(filePath), "", {
    ...later,
    summary: "Who signs the certificates of the API's clients.",
  }),
  ipsecCSRSigner: section("Certificates for IPsec.", {
    autoApprove: option(boolean, true, { ...later, summary: "Approves requests of agents." }),
    selfSignedCA: option(boolean, true, { ...later, summary: "Signs with a CA of its own." }),
  }),
  multicluster: section("Several clusters as one.", {
    enableStretchedNetworkPolicy: option(boolean, false, {
      ...later,
      summary: "Policies that select Pods of other clusters.",
    }),
  }),
  clientConnection: section("How the Kubernetes API is called.", {
    kubeconfig: option(optional(filePath), "", {
      summary: 'A kubeconfig file; "" for the Pod\'s service account.',
    }),
    qps: option(integer(1, 100_000), 50, { ...later, summary: "Requests a second." }),
    burst: option(integer(1, 100_000), 100, { ...later, summary: "Requests at once." }),
  }),
} as const;
