/**
 * The names that users type, read and script against. They are Antrea's own, because manifests,
 * dashboards and habits must carry over; each is written here and nowhere else.
 */

export const PRODUCT_VERSION = "v0.1.0";

/** Interfaces and bridges of a Node. */
export const interfaceNames = Object.freeze({
  bridge: "br-int",
  gateway: "antrea-gw0",
  tunnel: "antrea-tun0",
  wireGuard: "antrea-wg0",
});

/** Files and sockets on a Node. */
export const paths = Object.freeze({
  runFolder: "/var/run/antrea",
  apiFolder: "/var/run/antrea/apiserver",
  policyFolder: "/var/run/antrea/policies",
  cniSocket: "/var/run/antrea/cni.sock",
  agentApiSocket: "/var/run/antrea/apiserver/agent.sock",
  controllerApiSocket: "/var/run/antrea/apiserver/controller.sock",
  ovsRunFolder: "/var/run/openvswitch",
  ovsDataFolder: "/var/lib/openvswitch",
  logFolder: "/var/log/antrea",
  cniBinFolder: "/opt/cni/bin",
  cniConfigFolder: "/etc/cni/net.d",
  cniConfigFile: "/etc/cni/net.d/10-antrea.conflist",
  cniBinary: "/opt/cni/bin/antrea",
  configFolder: "/etc/antrea",
  agentConfigFile: "/etc/antrea/antrea-agent.conf",
  controllerConfigFile: "/etc/antrea/antrea-controller.conf",
  netnsFolder: "/run/netns",
  /** Where the Secret `antrea-controller-tls` is mounted. */
  controllerTlsFolder: "/var/run/antrea/antrea-controller-tls",
});

/** Objects of the installation in Kubernetes. */
export const objectNames = Object.freeze({
  namespace: "kube-system",
  configMap: "antrea-config",
  agentConfigKey: "antrea-agent.conf",
  controllerConfigKey: "antrea-controller.conf",
  cniConfigKey: "antrea-cni.conflist",
  agent: "antrea-agent",
  agentContainer: "antrea-agent",
  ovsContainer: "antrea-ovs",
  /** The DaemonSet whose Pods run Open vSwitch, and its container. */
  openVSwitch: "antrea-ovs",
  openVSwitchContainer: "openvswitch",
  installCniContainer: "install-cni",
  controller: "antrea-controller",
  antctl: "antctl",
  service: "antrea",
  /** The Lease of the leading controller. */
  controllerLease: "antrea-controller",
  /** The certificate of the controller's API, where it is given. */
  controllerTlsSecret: "antrea-controller-tls",
  /** The ConfigMap that says whom to trust, and its key. */
  authorities: "antrea-ca",
  authoritiesKey: "ca.crt",
  /** What makes the API server ask the controller about objects of ours. */
  mutatingWebhooks: "crdmutator.antrea.io",
  validatingWebhooks: "crdvalidator.antrea.io",
  /** The APIService of what Nodes are told. */
  controlplaneApi: "v1beta2.controlplane.antrea.io",
  /** The one AntreaControllerInfo. */
  controllerInfo: "antrea-controller",
  /** The one ModeChange. */
  modeChange: "antrea",
});

export const labels = Object.freeze({
  app: "app",
  antrea: "antrea",
  component: "component",
});

/** Annotations of Nodes. */
export const nodeAnnotations = Object.freeze({
  transportAddresses: "node.antrea.io/transport-addresses",
  /** Ours: ADDRESS/PREFIX of the transport addresses, so that both ends can agree about subnets. */
  transportNetworks: "node.antrea.io/transport-networks",
  /** Ours: which forms of traffic the Node takes and sends, and how far it has come with a change of them. */
  networkState: "node.antrea.io/network-state",
  macAddress: "node.antrea.io/mac-address",
  wireGuardPublicKey: "node.antrea.io/wireguard-public-key",
});

/** Annotations of policies of every kind. */
export const policyAnnotations = Object.freeze({
  /** Ours: where "true", connections that the policy forbids are ended once it is in force. */
  endConnections: "policy.antrea.io/end-connections",
});

/** Environment of our programs, set by the manifest. */
export const environment = Object.freeze({
  nodeName: "NODE_NAME",
  podName: "POD_NAME",
  podNamespace: "POD_NAMESPACE",
  podIp: "POD_IP",
  allowNoEncapWithoutAntreaProxy: "ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY",
});

/** Ports by default; configuration may move those of the APIs and of the cluster. */
export const ports = Object.freeze({
  /** Where the agent tells its metrics, on 127.0.0.1: the port at which Antrea's guide asks for them. */
  agentMetrics: 10349,
  agentApi: 10350,
  agentCluster: 10351,
  controllerApi: 10349,
  /** Probes of direct paths go to this port of a peer's gateway, and are answered to the other; nobody listens. */
  pathProbe: 10352,
  pathProbeAnswer: 10353,
  geneve: 6081,
  vxlan: 4789,
});

/** The group of our own kinds. */
export const CRD_GROUP = "crd.antrea.io";
