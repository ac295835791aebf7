/**
 * What a kernel for labs has beyond the preset of user-mode Linux on x86-64 (Kconfig symbols): built in what every
 * guest uses, as modules what the network loads when it is asked for, as Debian's kernel does.
 */
const builtIn = [
  // containers
  ...["NAMESPACES", "USER_NS", "PID_NS", "NET_NS", "IPC_NS", "UTS_NS", "CGROUPS", "MEMCG"],
  ...["BLK_CGROUP", "CGROUP_SCHED", "FAIR_GROUP_SCHED", "CFS_BANDWIDTH", "CGROUP_PIDS"],
  ...["CGROUP_FREEZER", "CGROUP_DEVICE", "CGROUP_CPUACCT", "BPF_SYSCALL", "CGROUP_BPF", "SECCOMP"],
  ...["SECCOMP_FILTER", "KEYS", "POSIX_MQUEUE", "MEMFD_CREATE", "FANOTIFY", "INOTIFY_USER"],
  ...["AIO", "IO_URING", "CHECKPOINT_RESTORE", "HIGH_RES_TIMERS", "MAGIC_SYSRQ"],
  // files and channels
  ...["TMPFS", "TMPFS_POSIX_ACL", "TMPFS_XATTR", "DEVTMPFS", "BLK_DEV_INITRD", "BLK_DEV_UBD"],
  ...["BLK_DEV_LOOP", "EXT4_FS", "EXT4_FS_POSIX_ACL", "OVERLAY_FS", "HOSTFS", "SSL"],
  ...["MODULES", "MODULE_UNLOAD"],
  // the network
  ...["NET", "PACKET", "UNIX", "INET", "INET_DIAG", "INET_UDP_DIAG", "INET_DIAG_DESTROY"],
  ...["PACKET_DIAG", "UNIX_DIAG", "NETLINK_DIAG", "IP_MULTICAST", "IP_ADVANCED_ROUTER"],
  ...["IP_MULTIPLE_TABLES", "IP_ROUTE_MULTIPATH", "IPV6", "IPV6_MULTIPLE_TABLES"],
  ...["IPV6_SUBTREES", "IPV6_ROUTER_PREF", "BRIDGE", "VETH", "NET_SCHED", "NET_CLS", "NET_CLS_ACT"],
  ...["NETFILTER", "NETFILTER_ADVANCED", "NETFILTER_INGRESS", "NETFILTER_EGRESS"],
  ...["NF_CONNTRACK_ZONES", "NF_CONNTRACK_MARK", "NF_CONNTRACK_EVENTS", "NF_CONNTRACK_TIMEOUT"],
  ...["NF_CONNTRACK_LABELS", "NF_CONNTRACK_PROCFS", "NF_CT_PROTO_SCTP", "NF_CT_PROTO_UDPLITE"],
  ...["NF_CT_PROTO_DCCP", "NF_TABLES_INET", "NF_TABLES_NETDEV", "NF_TABLES_IPV4", "NF_TABLES_IPV6"],
] as const;

const modules = [
  ...["OPENVSWITCH", "OPENVSWITCH_GRE", "OPENVSWITCH_VXLAN", "OPENVSWITCH_GENEVE", "VXLAN"],
  ...["GENEVE", "NET_IPIP", "NET_IPGRE_DEMUX", "NET_IPGRE", "IPV6_GRE", "WIREGUARD", "IP_SCTP"],
  ...["INET_SCTP_DIAG", "BRIDGE_NETFILTER", "VLAN_8021Q", "DUMMY", "TUN", "MACVLAN", "IPVLAN"],
  ...["IFB", "NET_SCH_INGRESS", "NET_SCH_NETEM", "NET_SCH_TBF", "NET_SCH_HTB", "NET_SCH_FQ_CODEL"],
  ...["NET_CLS_U32", "NET_CLS_MATCHALL", "NET_CLS_FLOWER", "NET_CLS_BPF", "NET_ACT_POLICE"],
  ...["NET_ACT_MIRRED", "NET_ACT_GACT", "NF_CONNTRACK", "NF_CONNTRACK_FTP", "NF_CONNTRACK_TFTP"],
  ...["NF_CT_NETLINK", "NF_CT_NETLINK_TIMEOUT", "NF_NAT", "NETFILTER_NETLINK_LOG"],
  ...["NETFILTER_NETLINK_QUEUE", "NF_LOG_SYSLOG", "NF_TABLES", "NF_TABLES_BRIDGE"],
  ...["NF_CONNTRACK_BRIDGE", "NFT_NUMGEN", "NFT_CT", "NFT_CONNLIMIT", "NFT_LOG", "NFT_LIMIT"],
  ...["NFT_MASQ", "NFT_REDIR", "NFT_NAT", "NFT_QUOTA", "NFT_REJECT", "NFT_COMPAT", "NFT_HASH"],
  ...["NFT_FIB_INET", "NFT_FIB_IPV4", "NFT_FIB_IPV6", "NFT_FIB_NETDEV", "NFT_SOCKET"],
  ...["NFT_TPROXY", "NFT_FWD_NETDEV", "NFT_DUP_NETDEV", "NFT_DUP_IPV4", "NFT_DUP_IPV6"],
  ...["NFT_OBJREF", "NFT_QUEUE", "NFT_REJECT_NETDEV", "NFT_SYNPROXY", "NFT_OSF"],
  ...["NF_FLOW_TABLE", "NF_FLOW_TABLE_INET", "NFT_FLOW_OFFLOAD"],
  ...["NETFILTER_XTABLES", "NETFILTER_XT_MARK"],
  ...["NETFILTER_XT_CONNMARK", "NETFILTER_XT_TARGET_MASQUERADE", "NETFILTER_XT_TARGET_REDIRECT"],
  ...["NETFILTER_XT_NAT", "NETFILTER_XT_MATCH_ADDRTYPE", "NETFILTER_XT_MATCH_COMMENT"],
  ...["NETFILTER_XT_MATCH_CONNTRACK", "NETFILTER_XT_MATCH_MULTIPORT"],
  ...["NETFILTER_XT_MATCH_STATISTIC", "NETFILTER_XT_MATCH_LIMIT", "IP_NF_IPTABLES"],
  ...["IP_NF_FILTER", "IP_NF_NAT", "IP_NF_MANGLE", "IP_NF_TARGET_REJECT", "IP6_NF_IPTABLES"],
  ...["IP6_NF_FILTER", "IP6_NF_NAT", "IP6_NF_MANGLE", "IP6_NF_TARGET_REJECT"],
] as const;

/**
 * VMAP_STACK: a range of the kernel's own memory is mapped anew by taking it away and giving it back; a signal
 * in between that finds its thread's stack in that range never comes back.
 */
const without = ["DEBUG_KERNEL", "SECURITY", "HUGETLBFS", "VMAP_STACK"] as const;

/** Behind the version, as `uname -r` says it: nobody takes it for a Node's kernel. */
export const umlSuffix = "-uml";

/** A fragment of a kernel's .config. */
export function umlConfig(): string {
  const lines = [
    `CONFIG_LOCALVERSION="${umlSuffix}"`,
    ...builtIn.map((symbol) => `CONFIG_${symbol}=y`),
    ...modules.map((symbol) => `CONFIG_${symbol}=m`),
    ...without.map((symbol) => `# CONFIG_${symbol} is not set`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Lines of what was asked for that are otherwise in the .config that came of it. */
export function otherOptions(config: string): readonly string[] {
  const has = new Set(config.split("\n"));
  const isOn = (symbol: string): boolean =>
    ["y", "m"].some((on) => has.has(`CONFIG_${symbol}=${on}`));
  return [
    ...umlConfig()
      .split("\n")
      .filter((line) => line.startsWith("CONFIG_") && !has.has(line)),
    ...without.filter(isOn).map((symbol) => `# CONFIG_${symbol} is not set`),
  ];
}
