import { gateSettings } from "./feature-gates.ts";
import { apiServerAddress, bindAddress, collectorAddress } from "./endpoint.ts";
import { alias, option, section, sectionList } from "./option.ts";
import { cipherSuites, tlsVersion } from "./tls.ts";
import {
  anyText,
  boolean,
  cidr,
  durationMs,
  filePath,
  integer,
  interfaceName,
  listOf,
  oneOf,
  optional,
  port,
  portRange,
} from "./values.ts";

const later = { activity: "later" } as const;
const datapath = oneOf("system", "netdev");
const text = anyText("text");

/**
 * Every option of `antrea-agent.conf`: the parser, the defaults, the reference page and the
 * commented ConfigMap of the manifest are all made from this table. Names and defaults are
 * Antrea's; `isOurs` marks the ones that exist here only. Order is the order of the pages.
 */
export const agentOptions = {
  featureGates: option(gateSettings, Object.freeze({}), {
    summary: "Opens or closes features by name; `AllAlpha` and `AllBeta` do so for a whole stage.",
  }),

  trafficEncapMode: option(
    oneOf("encap", "noEncap", "hybrid", "auto", "networkPolicyOnly"),
    "encap",
    {
      summary:
        "How Pod traffic crosses Nodes: `encap` tunnels all of it, `noEncap` none of it, `hybrid` tunnels only to Nodes of another subnet. `auto`, ours, tunnels to a Node until probes have proven that packets with Pod addresses reach it without, and again as soon as they do not.",
      cost: "Where traffic goes without a tunnel, the network between Nodes must let Pod addresses pass, and in `noEncap` across subnets it must have a route for each Node's Pod CIDR.",
    },
  ),
  pathSelection: option(oneOf("subnet", "measured"), "subnet", {
    isOurs: true,
    summary:
      "With `trafficEncapMode: hybrid`, which Nodes are reached without a tunnel: `subnet`, those of the same subnet; `measured`, those of them whose direct path is proven by probes, as `auto` has it for all Nodes.",
    cost: "UDP between the gateway addresses of Nodes, ports 10352 and 10353: 1.25 packets a second to each Node that Pods talk to directly, one in five minutes to the others. A path is taken only where packets of the Pods' full size pass. Needs `ovsDatapathType: netdev`; with `system` it is as `subnet`.",
  }),
  tunnelType: option(oneOf("geneve", "vxlan", "gre", "stt"), "geneve", {
    summary: "The tunnel protocol of `encap`, `hybrid` and `auto`.",
  }),
  tunnelPort: option(port("the protocol's own port"), 0, {
    summary: "UDP port of the tunnel: 6081 for Geneve, 4789 for VXLAN. GRE has no port.",
  }),
  tunnelCsum: option(boolean, false, {
    summary: "Adds a checksum to the outer header.",
    cost: "Each packet's bytes are read once more.",
  }),
  trafficEncryptionMode: option(oneOf("none", "ipsec", "wireGuard"), "none", {
    summary: "Encrypts what crosses Nodes; only with `trafficEncapMode: encap`.",
  }),
  noSNAT: option(boolean, false, {
    summary:
      "Pods keep their own address when they leave the cluster; only with `trafficEncapMode: noEncap`.",
    cost: "Answers come back only if the network outside has routes to the Pod CIDRs.",
  }),
  snatFullyRandomPorts: option(boolean, false, {
    summary: "Chooses source ports wholly at random when masquerading.",
  }),
  transportInterface: option(optional(interfaceName), "", {
    summary:
      'The interface that carries traffic between Nodes; "" takes the one with the Node\'s address.',
  }),
  transportInterfaceCIDRs: option(listOf(cidr), Object.freeze([]), {
    summary:
      "Takes the interface whose address is in one of these networks; `transportInterface` goes first.",
  }),
  defaultMTU: option(
    integer(576, 65535, "the transport interface's less what the tunnel takes"),
    0,
    {
      summary: "MTU of Pods and of the gateway.",
    },
  ),
  perPeerMTU: option(boolean, false, {
    isOurs: true,
    summary:
      "Pods have the transport interface's whole MTU, and by a route of their own send all of it to Nodes that are reached without a tunnel; less the tunnel's headers goes to all others. Without effect where `defaultMTU` is set.",
    cost: "Each Pod has a route for each Pod CIDR that is reached without a tunnel in `hybrid`.",
  }),

  ovsBridge: option(interfaceName, "br-int", { summary: "The OVS bridge that Pods are on." }),
  hostGateway: option(interfaceName, "antrea-gw0", {
    summary: "The interface by which the Node itself is on the bridge.",
  }),
  ovsDatapathType: option(datapath, "system", {
    summary:
      "Who forwards packets: `system` is the kernel's openvswitch module, `netdev` is ovs-vswitchd itself. Where the kernel has no such module the agent says so, and goes on with `netdev`.",
    cost: "`netdev` takes processor time for each packet and for each port that it polls: with 100 ports one stream reaches half of what it does with 2.",
  }),
  ovsBridges: sectionList(
    1,
    {
      summary:
        "The same two settings in the form of a list; its one entry is the Pods' bridge and goes before `ovsBridge` and `ovsDatapathType`.",
    },
    {
      bridgeName: option(optional(interfaceName), "", {
        summary: 'Name of the bridge; "" for what `ovsBridge` says.',
      }),
      datapathType: option(optional(datapath), "", {
        summary: 'system or netdev; "" for what `ovsDatapathType` says.',
      }),
    },
  ),
  ovsRunDir: option(filePath, "/var/run/openvswitch", {
    summary: "Where the sockets of Open vSwitch are.",
  }),
  ovs: section("Settings of Open vSwitch as a whole.", {
    hwOffload: option(boolean, false, {
      isOurs: true,
      summary:
        "Hands flows to NICs that can take them (`other_config:hw-offload`). What the machine cannot do is said at start, and the agent goes on without it.",
      cost: "Offloaded flows show their counters late, and ovs-vswitchd must start anew when this changes.",
    }),
  }),
  uplinkPath: option(oneOf("ovs", "kernel"), "ovs", {
    isOurs: true,
    summary:
      "With `ovsDatapathType: netdev`, who carries traffic that needs no tunnel: `ovs` adds the transport interface to the bridge, `kernel` leaves it to Linux alone.",
    cost: "`kernel` keeps the link as Linux has it, but does not pay in speed where kube-proxy's connection tracking runs (docs/performance.md), and such a Node has no tunnels: it is for `noEncap` only, and its mode cannot be changed while it runs.",
  }),
  userspaceTSO: option(boolean, false, {
    isOurs: true,
    summary:
      "With `ovsDatapathType: netdev`, lets ovs-vswitchd pass on TCP segments of up to 64 KB whole (`other_config:userspace-tso-enable`).",
    cost: "4 to 6 times as much in one stream, but TCP through a tunnel fails with it in Open vSwitch 3.1: it is for `noEncap` only, and ovs-vswitchd must start anew when it changes.",
  }),
  disableTXChecksumOffload: option(boolean, false, {
    summary:
      "Pods and the gateway compute checksums themselves. With `netdev` and without `userspaceTSO` this is always so.",
    cost: "Is not taken back on running Pods when it is set to false again.",
  }),

  serviceCIDR: option(optional(cidr), "", {
    summary:
      "Service network, where AntreaProxy is off: egress to it is judged once the host has translated it. By default what the API server tells (ServiceCIDR objects, Kubernetes 1.33 and later).",
  }),
  serviceCIDRv6: option(optional(cidr), "", {
    summary: "IPv6 Service network, where AntreaProxy is off; as `serviceCIDR`.",
  }),
  kubeAPIServerOverride: option(apiServerAddress, "", {
    summary:
      "Where the Kubernetes API answers, for a Node where the in-cluster Service address does not (yet).",
  }),
  dnsServerOverride: option(text, "", {
    ...later,
    summary: "DNS server that FQDN rules ask again.",
  }),
  fqdnCacheMinTTL: option(integer(0, 86_400), 0, {
    ...later,
    summary: "Seconds that an address of an FQDN rule is kept at least.",
  }),
  apiPort: option(port(), 10350, {
    summary:
      "TCP port of the agent's API, in TLS on every address of the Node: `/healthz`, `/livez` and `/readyz` for everybody; `/metrics` and what antctl reads for whom RBAC allows. The probes of the DaemonSet ask there: change it in both.",
  }),
  clusterPort: option(port(), 10351, {
    ...later,
    summary: "TCP and UDP port by which agents find each other.",
  }),
  enablePrometheusMetrics: option(boolean, true, {
    summary:
      "Serves `/metrics`: on 127.0.0.1:10349, where `kubectl port-forward` finds it, and on `apiPort`.",
  }),
  tlsCipherSuites: option(cipherSuites, Object.freeze([]), {
    summary:
      "Cipher suites of the agent's API, with commas between them; empty for the usual. Where none of TLS 1.3 is named, that version has its usual ones.",
  }),
  tlsMinVersion: option(tlsVersion, "", {
    summary:
      'Lowest TLS version of the agent\'s API. Nothing below 1.2 is spoken: `""`, `VersionTLS10` and `VersionTLS11` mean 1.2.',
  }),
  packetInRate: option(integer(1, 1_000_000), 5000, {
    ...later,
    summary: "Packets a second, for each feature, that OVS may hand to the agent.",
  }),
  enableBridgingMode: option(boolean, false, {
    ...later,
    summary: "Puts the transport interface into the bridge, for Pods with addresses of AntreaIPAM.",
  }),
  podCIDRs: option(text, "", {
    ...later,
    summary: "All Pod networks of the cluster; for `networkPolicyOnly`.",
  }),
  hostNetworkAcceleration: section("A kernel fast path for traffic that is not tunnelled.", {
    enable: option(boolean, true, { ...later, summary: "Turns it on." }),
  }),
  hostNetworkMode: option(oneOf("iptables", "nftables"), "iptables", {
    ...later,
    summary: "What the host's rules are written in. This project always writes nftables.",
  }),

  antreaProxy: section("Services without kube-proxy.", {
    enable: option(boolean, true, { ...later, summary: "Turns it on." }),
    proxyAll: option(boolean, false, {
      ...later,
      summary: "Also NodePorts, external addresses, and traffic of the Node itself.",
    }),
    nodePortAddresses: option(listOf(cidr), Object.freeze([]), {
      ...later,
      summary: "Node addresses that NodePorts answer on; empty for all.",
    }),
    skipServices: option(listOf(text), Object.freeze([]), {
      ...later,
      summary: "Services left to others, by ClusterIP or namespace/name.",
    }),
    proxyLoadBalancerIPs: option(boolean, true, {
      ...later,
      summary: "Traffic from inside to a load balancer's address stays inside.",
    }),
    serviceProxyName: option(text, "", {
      ...later,
      summary: "Serves only Services whose label `service-proxy-name` says this.",
    }),
    defaultLoadBalancerMode: option(oneOf("nat", "dsr"), "nat", {
      ...later,
      summary: "Whether answers go back through the Node that took the request.",
    }),
    disableServiceHealthCheckServer: option(boolean, false, {
      ...later,
      summary: "No health check server for Services with local external traffic policy.",
    }),
    serviceHealthCheckServerBindAddress: option(bindAddress, "0.0.0.0:10256", {
      ...later,
      summary: "Where that server listens.",
    }),
  }),
  egress: section("Pods leave the cluster by chosen addresses.", {
    exceptCIDRs: option(listOf(cidr), Object.freeze([]), {
      ...later,
      summary: "Networks that are reached without Egress.",
    }),
    maxEgressIPsPerNode: option(integer(1, 255), 255, {
      ...later,
      summary: "Egress addresses that a Node takes at most.",
    }),
    snatFullyRandomPorts: option(boolean, false, {
      ...later,
      summary: "As the option of that name above, for Egress.",
    }),
    uniqueMACForSubInterfaces: option(boolean, true, {
      ...later,
      summary: "VLAN interfaces of Egress have MAC addresses of their own.",
    }),
  }),
  nodePortLocal: section("A Node port for each Pod.", {
    enable: option(boolean, false, { ...later, summary: "Turns it on." }),
    portRange: option(portRange, Object.freeze({ first: 61000, last: 62000 }), {
      ...later,
      summary: "The ports that are given out.",
    }),
  }),
  flowExporter: section("Records of connections.", {
    enable: option(boolean, false, { ...later, summary: "Turns it on." }),
    flowCollectorAddr: option(collectorAddress, "flow-aggregator/flow-aggregator:14739:grpc", {
      ...later,
      summary: "Where records go.",
    }),
    flowPollInterval: option(durationMs(1000), 5000, {
      ...later,
      summary: "How often connections are looked at.",
    }),
    activeFlowExportTimeout: option(durationMs(1000), 5000, {
      ...later,
      summary: "A connection that goes on is reported this often.",
    }),
    activeFlowTimeout: alias("activeFlowExportTimeout"),
    idleFlowExportTimeout: option(durationMs(1000), 15_000, {
      ...later,
      summary: "A connection that is silent for this long is reported as ended.",
    }),
    idleFlowTimeout: alias("idleFlowExportTimeout"),
    protocolFilter: option(listOf(oneOf("tcp", "udp", "sctp")), Object.freeze([]), {
      ...later,
      summary: "Protocols that are recorded; empty for all.",
    }),
  }),
  flowCollectorAddr: alias("flowExporter", "flowCollectorAddr"),
  flowPollInterval: alias("flowExporter", "flowPollInterval"),
  activeFlowExportTimeout: alias("flowExporter", "activeFlowExportTimeout"),
  idleFlowExportTimeout: alias("flowExporter", "idleFlowExportTimeout"),

  wireGuard: section("WireGuard between Nodes.", {
    port: option(port(), 51820, { ...later, summary: "UDP port." }),
  }),
  ipsec: section("IPsec between Nodes.", {
    authenticationMode: option(oneOf("psk", "cert"), "psk", {
      ...later,
      summary: "By a shared key or by certificates.",
    }),
  }),
  memberlist: section("How agents find each other.", {
    gossipVerifyOutgoing: option(boolean, true, { ...later, summary: "Encrypts what is sent." }),
    gossipVerifyIncoming: option(boolean, true, {
      ...later,
      summary: "Takes only what is encrypted.",
    }),
  }),
  multicast: section("IP multicast for Pods.", {
    enable: option(boolean, false, { ...later, summary: "Turns it on." }),
    multicastInterfaces: option(listOf(interfaceName), Object.freeze([]), {
      ...later,
      summary: "Interfaces that carry it; empty for the transport interface.",
    }),
    igmpQueryVersions: option(listOf(integer(1, 3)), Object.freeze([1, 2, 3]), {
      ...later,
      summary: "IGMP versions that are asked for.",
    }),
    igmpQueryInterval: option(durationMs(1000), 125_000, { ...later, summary: "How often." }),
  }),
  multicluster: section("Several clusters as one.", {
    enableGateway: option(boolean, false, { ...later, summary: "Turns it on." }),
    namespace: option(text, "", { ...later, summary: "Where its objects are." }),
    enableStretchedNetworkPolicy: option(boolean, false, {
      ...later,
      summary: "Policies that select Pods of other clusters.",
    }),
    enablePodToPodConnectivity: option(boolean, false, {
      ...later,
      summary: "Pods reach Pods of other clusters by address.",
    }),
    trafficEncryptionMode: option(oneOf("none", "wireGuard"), "none", {
      ...later,
      summary: "Encryption between clusters.",
    }),
    wireGuard: section("WireGuard between clusters.", {
      port: option(port(), 51821, { ...later, summary: "UDP port." }),
    }),
  }),
  auditLogging: section("The log of policy verdicts.", {
    maxSize: option(integer(1, 1_000_000), 500, { ...later, summary: "Megabytes a file." }),
    maxBackups: option(integer(0, 10_000), 3, { ...later, summary: "Old files that are kept." }),
    maxAge: option(integer(0, 10_000), 28, { ...later, summary: "Days that they are kept." }),
    compress: option(boolean, true, { ...later, summary: "Compresses old files." }),
  }),
  secondaryNetwork: section("More interfaces for Pods.", {
    ovsBridges: sectionList(
      1,
      { ...later, summary: "Bridges of secondary networks." },
      {
        bridgeName: option(interfaceName, "br1", { ...later, summary: "Name of the bridge." }),
        physicalInterfaces: option(listOf(interfaceName, 8), Object.freeze([]), {
          ...later,
          summary: "Interfaces that are put into it.",
        }),
        enableMulticastSnooping: option(boolean, false, { ...later, summary: "Turns it on." }),
      },
    ),
  }),

  cniSocket: option(filePath, "/var/run/antrea/cni.sock", {
    summary: "Where the CNI plugin calls the agent.",
  }),
  hostProcPathPrefix: option(filePath, "/host", {
    summary: "Where the host's /proc is seen in the container.",
  }),
  clientConnection: section("How the Kubernetes API is called.", {
    kubeconfig: option(optional(filePath), "", {
      summary: 'A kubeconfig file; "" for the Pod\'s service account.',
    }),
  }),
  antreaClientConnection: section("How the controller is called.", {
    kubeconfig: option(optional(filePath), "", {
      ...later,
      summary: 'A kubeconfig file; "" for the Pod\'s service account.',
    }),
  }),
  nodeType: option(oneOf("k8sNode", "externalNode"), "k8sNode", {
    ...later,
    summary: "A Node of the cluster, or a machine outside it.",
  }),
  externalNode: section("A machine outside the cluster.", {
    externalNodeNamespace: option(text, "default", {
      ...later,
      summary: "Where its ExternalNode object is.",
    }),
    policyBypassRules: sectionList(
      64,
      { ...later, summary: "Traffic that policies do not touch." },
      {
        direction: option(oneOf("ingress", "egress"), "ingress", {
          ...later,
          summary: "Which way.",
        }),
        protocol: option(oneOf("tcp", "udp", "icmp", "ip"), "tcp", {
          ...later,
          summary: "Protocol.",
        }),
        cidr: option(optional(cidr), "", { ...later, summary: "Addresses of the other side." }),
        port: option(port("any"), 0, { ...later, summary: "Port." }),
      },
    ),
  }),
} as const;
