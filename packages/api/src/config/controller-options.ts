import { apiServerAddress } from "./endpoint.ts";
import { gateSettings } from "./feature-gates.ts";
import { option, section } from "./option.ts";
import { cipherSuites, tlsVersion } from "./tls.ts";
import {
  anyText,
  boolean,
  cidr,
  filePath,
  integer,
  listOf,
  oneOf,
  optional,
  port,
} from "./values.ts";

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
  cloudRoutes: section(
    "Keeps the routes to Pods in a cloud's table, which noEncap needs across subnets, and auto can use.",
    {
      provider: option(oneOf("none", "aws", "gcp", "azure"), "none", {
        isOurs: true,
        summary:
          "Whose table it is. The image must hold that provider's SDK: `node tools/build-cloud-routes.ts PROVIDER`.",
        cost: "Credentials that may change the table, in the controller's Pod, found by the SDK's own rules.",
      }),
      routeTable: option(anyText("the name of a table of routes"), "", {
        isOurs: true,
        summary:
          "AWS: the ID, `rtb-…`. Google Cloud: `PROJECT/NETWORK`. Azure: `SUBSCRIPTION/RESOURCE-GROUP/TABLE`.",
      }),
      podNetworks: option(listOf(cidr, 8), Object.freeze([]), {
        isOurs: true,
        summary:
          "Routes to these networks are kept, and no others touched; empty for `nodeIPAM.clusterCIDRs`.",
      }),
      dryRun: option(boolean, true, {
        isOurs: true,
        summary:
          "Says what it would do, in the log and in the condition `CloudRoutes` of AntreaControllerInfo, and does nothing.",
      }),
    },
  ),
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
