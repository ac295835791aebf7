/**
 * Policies that are refused, one for each rule of Antrea's webhook and for what we refuse besides, and
 * what is said. The YAML goes over `{priority: 5, appliedTo: [{podSelector: {}}]}`.
 */
export interface PolicyCase {
  readonly rule: string;
  readonly yaml: string;
  readonly says: readonly string[];
  readonly isNamespaced?: true;
  readonly isL7Enabled?: false;
}

const block = (cidr: string) => `{ipBlock: {cidr: ${cidr}}}`;

export const policyCases: readonly PolicyCase[] = [
  // tier
  {
    rule: "the Tier exists; the nearest is named",
    yaml: "tier: securtyops",
    says: [
      'spec.tier is "securtyops", but must be the name of a Tier: did you mean "securityops"?',
    ],
  },
  {
    rule: "the Tier exists; all are named where none is near",
    yaml: "tier: x",
    says: [
      'spec.tier is "x", but must be the name of a Tier: there are emergency, securityops, networkops, platform, application, baseline and devops',
    ],
  },
  {
    rule: "nothing is passed on in Tier baseline",
    yaml: "tier: baseline\negress: [{action: Pass}]",
    says: [
      "spec.egress[0].action is Pass in Tier baseline, but must be Allow, Drop or Reject there, since nothing is asked after it",
    ],
  },
  // names
  {
    rule: "two rules of a direction have two names",
    yaml: "ingress: [{action: Drop, name: a}, {action: Allow, name: b}, {action: Allow, name: a}]",
    says: [
      'spec.ingress[2].name is "a" as that of spec.ingress[0], but must be a name of its own, or be left out to get one',
    ],
  },
  // appliedTo
  {
    rule: "appliedTo stands in one place",
    yaml: "ingress: [{action: Drop, appliedTo: [{podSelector: {}}]}]",
    says: [
      "spec.appliedTo is set, and spec.ingress[0].appliedTo too, but must be set here or in every rule, and not in both",
    ],
  },
  {
    rule: "appliedTo stands somewhere",
    yaml: "appliedTo: []\ningress: [{action: Drop}]",
    says: ["spec.appliedTo is missing, but must say whom the policy is for, here or in every rule"],
  },
  {
    rule: "appliedTo stands in every rule if in one",
    yaml: "appliedTo: []\ningress: [{action: Drop}]\negress: [{action: Drop, appliedTo: [{group: g}]}]",
    says: [
      "spec.ingress[0].appliedTo is missing, while spec.egress[0] has it, but must be set in every rule, or in spec.appliedTo alone",
    ],
  },
  {
    rule: "an entry of appliedTo selects something",
    yaml: "appliedTo: [{}]",
    says: [
      "spec.appliedTo[0] is empty, but must have podSelector, namespaceSelector, group, serviceAccount, service or nodeSelector; to select all, say podSelector: {}",
    ],
  },
  ...(
    [
      ["group", "group: g"],
      ["serviceAccount", "serviceAccount: {name: a, namespace: b}"],
      ["service", "service: {name: a, namespace: b}"],
      ["nodeSelector", "nodeSelector: {}"],
    ] as const
  ).map(
    ([member, yaml]): PolicyCase => ({
      rule: `${member} stands alone in appliedTo`,
      yaml: `appliedTo: [{podSelector: {}, ${yaml}}]`,
      says: [
        `spec.appliedTo[0] has podSelector and ${member}, but must have ${member} alone: make an entry of its own of the rest`,
      ],
    }),
  ),
  {
    rule: "a Service is for ingress",
    yaml: "appliedTo: [{service: {name: a, namespace: b}}]\negress: [{action: Drop}]",
    says: [
      "spec.egress[0] is for egress, but must be for ingress, since spec.appliedTo[0] is a Service",
    ],
  },
  {
    rule: "a Service of one rule is for ingress",
    yaml: "appliedTo: []\negress: [{action: Drop, appliedTo: [{service: {name: a, namespace: b}}]}]",
    says: [
      "spec.egress[0] is for egress, but must be for ingress, since spec.egress[0].appliedTo[0] is a Service",
    ],
  },
  {
    rule: "Services stand among Services",
    yaml: "appliedTo: [{podSelector: {}}, {service: {name: a, namespace: b}}]",
    says: [
      "spec.appliedTo[0] is no Service, while spec.appliedTo[1] is one, but must be one too: make a policy of its own for the others",
    ],
  },
  {
    rule: "peers of a Service are addresses",
    yaml: `appliedTo: [{service: {name: a, namespace: b}}]\ningress: [{action: Drop, from: [${block("10.0.0.0/8")}, {podSelector: {}}]}]`,
    says: [
      "spec.ingress[0].from[1] has podSelector, but must have ipBlock alone, since spec.appliedTo[0] is a Service",
    ],
  },
  {
    rule: "Nodes are chosen for the whole policy",
    yaml: "appliedTo: []\ningress: [{action: Drop, appliedTo: [{nodeSelector: {}}]}]",
    says: [
      "spec.ingress[0].appliedTo[0].nodeSelector is set, but must be left out here, where there are podSelector, namespaceSelector, group, serviceAccount and service",
    ],
  },
  {
    rule: "Nodes stand among Nodes",
    yaml: "appliedTo: [{nodeSelector: {}}, {podSelector: {}}]",
    says: [
      "spec.appliedTo[1] has no nodeSelector, while spec.appliedTo[0] has one, but must have one too: make policies of their own for Pods",
    ],
  },
  {
    rule: "rules for Nodes have no names of DNS and nothing of L7",
    yaml: "appliedTo: [{nodeSelector: {}}]\negress: [{action: Allow, to: [{fqdn: a.b}], l7Protocols: [{tls: {}}]}]",
    says: [
      "spec.egress[0].l7Protocols is set, but must be left out, since spec.appliedTo[0] is for Nodes",
      "spec.egress[0].to[0].fqdn is set, but must be left out, since spec.appliedTo[0] is for Nodes",
    ],
  },
  {
    rule: "rules for Nodes are for no Services, and know no Namespace to be relative to",
    yaml: "appliedTo: [{nodeSelector: {}}]\ningress: [{action: Drop, from: [{namespaces: {match: Self}}]}]\negress: [{action: Allow, toServices: [{name: a, namespace: b}]}]",
    says: [
      "spec.ingress[0].from[0].namespaces is set, but must be left out, since spec.appliedTo[0] is for Nodes",
      "spec.egress[0].toServices is set, but must be left out, since spec.appliedTo[0] is for Nodes",
    ],
  },
  {
    rule: "a Node's ports have no names, those of Pods that it sends to have",
    yaml: "appliedTo: [{nodeSelector: {}}]\ningress: [{action: Drop, ports: [{port: web}]}]\negress: [{action: Drop, ports: [{port: web}]}]",
    says: [
      'spec.ingress[0].ports[0].port is "web", but must be a number, since spec.appliedTo[0] is for Nodes',
    ],
  },
  {
    rule: "a policy of a Namespace is for Pods of it",
    yaml: "appliedTo: [{podSelector: {}, namespaceSelector: {}}]",
    isNamespaced: true,
    says: [
      "spec.appliedTo[0].namespaceSelector is set, but must be left out here, where there are podSelector, externalEntitySelector and group",
    ],
  },
  // peers
  {
    rule: "a peer is somebody",
    yaml: "ingress: [{action: Drop, from: [{}]}]",
    says: [
      "spec.ingress[0].from[0] is empty, but must have podSelector, namespaceSelector, ipBlock, group, nodeSelector, namespaces or serviceAccount; to select all, say podSelector: {}",
    ],
  },
  {
    rule: "namespaces and namespaceSelector exclude each other",
    yaml: "ingress: [{action: Drop, from: [{namespaces: {match: Self}, namespaceSelector: {}}]}]",
    says: [
      "spec.ingress[0].from[0] has namespaces and namespaceSelector, but must have one of them: make a peer of its own of the other",
    ],
  },
  {
    rule: "namespaces has one member",
    yaml: "ingress: [{action: Drop, from: [{namespaces: {match: Self, sameLabels: [a]}}]}]",
    says: [
      "spec.ingress[0].from[0].namespaces has match and sameLabels, but must have exactly one of match or sameLabels",
    ],
  },
  {
    rule: "sameLabels are labels",
    yaml: "ingress: [{action: Drop, from: [{namespaces: {sameLabels: [a, 'b c']}}]}]",
    says: [
      'spec.ingress[0].from[0].namespaces.sameLabels[1] is "b c", but must be a label: 1 to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends, after a domain and "/" if it has one',
    ],
  },
  ...(
    [
      ["group", "group: g"],
      ["serviceAccount", "serviceAccount: {name: a, namespace: b}"],
      ["nodeSelector", "nodeSelector: {}"],
      ["ipBlock", "ipBlock: {cidr: 10.0.0.0/8}"],
    ] as const
  ).map(
    ([member, yaml]): PolicyCase => ({
      rule: `${member} stands alone in a peer`,
      yaml: `ingress: [{action: Drop, from: [{podSelector: {}, ${yaml}}]}]`,
      says: [
        `spec.ingress[0].from[0] has podSelector and ${member}, but must have ${member} alone: make an entry of its own of the rest`,
      ],
    }),
  ),
  {
    rule: "a group has a name",
    yaml: "ingress: [{action: Drop, from: [{group: ''}]}]",
    says: ["spec.ingress[0].from[0].group is empty, but must be the name of a group"],
  },
  {
    rule: "labels have keys and values",
    yaml: "ingress: [{action: Drop, from: [{podSelector: {matchLabels: {-a: b, c: 'd e'}}}]}]",
    says: [
      'spec.ingress[0].from[0].podSelector.matchLabels has "-a", but must be a label: 1 to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends, after a domain and "/" if it has one',
      'spec.ingress[0].from[0].podSelector.matchLabels.c is "d e", but must be the value of a label: up to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends',
    ],
  },
  {
    rule: "requirements have the values that their operator takes",
    yaml: "appliedTo: [{podSelector: {matchExpressions: [{key: a, operator: In}, {key: a, operator: Exists, values: [b]}]}}]",
    says: [
      "spec.appliedTo[0].podSelector.matchExpressions[0].values is empty, but must have at least one value for In",
      'spec.appliedTo[0].podSelector.matchExpressions[1].values is ["b"], but must be left out for Exists',
    ],
  },
  {
    rule: "except is a smaller part of cidr",
    yaml: "ingress: [{action: Drop, from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8, 10.1.0.0/16, 11.0.0.0/16]}}]}]",
    says: [
      'spec.ingress[0].from[0].ipBlock.except[0] is "10.0.0.0/8", but must be a smaller network inside spec.ingress[0].from[0].ipBlock.cidr, which is 10.0.0.0/8',
      'spec.ingress[0].from[0].ipBlock.except[2] is "11.0.0.0/16", but must be a smaller network inside spec.ingress[0].from[0].ipBlock.cidr, which is 10.0.0.0/8',
    ],
  },
  {
    rule: "ServiceAccounts and Namespaces by relation are for policies of the cluster",
    yaml: "ingress: [{action: Drop, from: [{namespaces: {match: Self}}, {serviceAccount: {name: a, namespace: b}}]}]",
    isNamespaced: true,
    says: [
      "spec.ingress[0].from[0].namespaces is set, but must be left out here, where there are podSelector, namespaceSelector, ipBlock, group, nodeSelector and externalEntitySelector",
      "spec.ingress[0].from[1].serviceAccount is set, but must be left out here, where there are podSelector, namespaceSelector, ipBlock, group, nodeSelector and externalEntitySelector",
    ],
  },
  // fqdn
  {
    rule: "a name of DNS has its characters",
    yaml: "egress: [{action: Allow, to: [{fqdn: 'a_b.com'}]}]",
    says: [
      'spec.egress[0].to[0].fqdn is "a_b.com", but must be a name of DNS, of letters, digits, "-" and ".", with "*" for any text',
    ],
  },
  {
    rule: "a name of DNS is for egress",
    yaml: "ingress: [{action: Allow, from: [{fqdn: a.com}]}]",
    says: [
      "spec.ingress[0].from[0].fqdn is set, but must be left out here, where there are podSelector, namespaceSelector, ipBlock, group, nodeSelector, namespaces and serviceAccount",
    ],
  },
  // toServices
  ...(
    [
      ["to", "to: [{podSelector: {}}]"],
      ["ports", "ports: [{port: 80}]"],
      ["protocols", "protocols: [{icmp: {}}]"],
      ["l7Protocols", "l7Protocols: [{tls: {}}]"],
    ] as const
  ).map(
    ([member, yaml]): PolicyCase => ({
      rule: `toServices stands without ${member}`,
      yaml: `egress: [{action: Allow, toServices: [{name: a, namespace: b}], ${yaml}}]`,
      says: [`spec.egress[0].toServices is set beside ${member}, but must stand alone in its rule`],
    }),
  ),
  {
    rule: "a Service has its Namespace in a policy of the cluster",
    yaml: "egress: [{action: Allow, toServices: [{name: a}]}]",
    says: [
      "spec.egress[0].toServices[0].namespace is missing, but must be the Service's Namespace, as a ClusterNetworkPolicy has none",
    ],
  },
  // ports
  {
    rule: "endPort follows a port",
    yaml: "ingress: [{action: Drop, ports: [{endPort: 5}]}]",
    says: [
      "spec.ingress[0].ports[0].endPort is set without port, but must be set beside a port's number, where the range begins",
    ],
  },
  {
    rule: "endPort follows a number",
    yaml: "ingress: [{action: Drop, ports: [{port: web, endPort: 5}]}]",
    says: [
      'spec.ingress[0].ports[0].endPort is set beside port "web", but must be set beside a port\'s number, where the range begins',
    ],
  },
  {
    rule: "endPort is not before port",
    yaml: "ingress: [{action: Drop, ports: [{port: 6, endPort: 5}]}]",
    says: ["spec.ingress[0].ports[0].endPort is 5, but must be at least port, which is 6"],
  },
  {
    rule: "sourceEndPort follows sourcePort",
    yaml: "ingress: [{action: Drop, ports: [{sourceEndPort: 5}]}]",
    says: [
      "spec.ingress[0].ports[0].sourceEndPort is set without sourcePort, but must be set beside sourcePort, where the range begins",
    ],
  },
  {
    rule: "sourceEndPort is not before sourcePort",
    yaml: "ingress: [{action: Drop, ports: [{sourcePort: 6, sourceEndPort: 5}]}]",
    says: [
      "spec.ingress[0].ports[0].sourceEndPort is 5, but must be at least sourcePort, which is 6",
    ],
  },
  {
    rule: "a port in quotes is no number",
    yaml: "ingress: [{action: Drop, ports: [{port: '80'}, {port: Web}]}]",
    says: [
      'spec.ingress[0].ports[0].port is "80", but must be a number without quotes: 80',
      'spec.ingress[0].ports[1].port is "Web", but must be a number, or a name of 1 to 15 lower case letters, digits and "-"',
    ],
  },
  // multicast
  ...["Pass", "Reject"].flatMap((action): PolicyCase[] => [
    {
      rule: `multicast has no ${action}`,
      yaml: `egress: [{action: ${action}, to: [${block("224.1.0.0/16")}]}]`,
      says: [
        `spec.egress[0].action is ${action}, but must be Allow or Drop, since spec.egress[0].to[0] is multicast`,
      ],
    },
    {
      rule: `IGMP has no ${action}`,
      yaml: `ingress: [{action: ${action}, protocols: [{igmp: {}}]}]`,
      says: [
        `spec.ingress[0].action is ${action}, but must be Allow or Drop, since spec.ingress[0].protocols[0] is igmp`,
      ],
    },
  ]),
  {
    rule: "multicast and unicast have rules of their own",
    yaml: `egress: [{action: Drop, to: [${block("10.0.0.0/8")}, ${block("224.1.0.0/16")}]}]`,
    says: [
      "spec.egress[0].to[0].ipBlock.cidr is 10.0.0.0/8, which is unicast, but must be multicast too, since spec.egress[0].to[1] is multicast: make a rule of its own for it",
    ],
  },
  {
    rule: "multicast has no selectors beside it",
    yaml: `egress: [{action: Drop, to: [{podSelector: {}}, ${block("224.1.0.0/16")}]}]`,
    says: [
      "spec.egress[0].to[0] is no ipBlock, but must be one, since spec.egress[0].to[1] is multicast",
    ],
  },
  {
    rule: "a group of IGMP is multicast",
    yaml: "egress: [{action: Drop, protocols: [{igmp: {groupAddress: 10.0.0.1}}, {igmp: {groupAddress: x}}]}]",
    says: [
      'spec.egress[0].protocols[0].igmp.groupAddress is "10.0.0.1", but must be a multicast address, such as 224.0.0.22',
      'spec.egress[0].protocols[1].igmp.groupAddress is "x", but must be a multicast address, such as 224.0.0.22',
    ],
  },
  {
    rule: "IGMP has no ICMP beside it",
    yaml: "egress: [{action: Drop, protocols: [{igmp: {}}, {icmp: {}}]}]",
    says: [
      "spec.egress[0].protocols has igmp and icmp, but must have igmp alone: make a rule of its own for the rest",
    ],
  },
  {
    rule: "IGMP has no ports and no peers",
    yaml: "egress: [{action: Drop, protocols: [{igmp: {}}], ports: [{port: 80}], to: [{podSelector: {}}]}]",
    says: [
      "spec.egress[0].ports and spec.egress[0].to are set, but must be left out, since spec.egress[0].protocols[0] is igmp",
    ],
  },
  {
    rule: "IGMP has no from",
    yaml: "ingress: [{action: Drop, protocols: [{igmp: {}}], from: [{podSelector: {}}]}]",
    says: [
      "spec.ingress[0].from is set, but must be left out, since spec.ingress[0].protocols[0] is igmp",
    ],
  },
  {
    rule: "IGMP has no Services",
    yaml: "egress: [{action: Drop, protocols: [{igmp: {}}], toServices: [{name: a, namespace: b}]}]",
    says: [
      "spec.egress[0].toServices is set beside protocols, but must stand alone in its rule",
      "spec.egress[0].toServices is set, but must be left out, since spec.egress[0].protocols[0] is igmp",
    ],
  },
  {
    rule: "a protocol is one",
    yaml: "egress: [{action: Drop, protocols: [{}, {icmp: {}, igmp: {}}]}]",
    says: [
      "spec.egress[0].protocols[0] has none of its members, but must have exactly one of icmp or igmp",
      "spec.egress[0].protocols[1] has icmp and igmp, but must have exactly one of icmp or igmp",
      "spec.egress[0].protocols has icmp and igmp, but must have igmp alone: make a rule of its own for the rest",
    ],
  },
  // layer 7
  {
    rule: "L7 has its gate",
    yaml: "ingress: [{action: Allow, l7Protocols: [{http: {}}]}]",
    isL7Enabled: false,
    says: [
      "spec.ingress[0].l7Protocols is set, but must be left out where the feature gate L7NetworkPolicy is off, as it is here",
    ],
  },
  {
    rule: "L7 allows",
    yaml: "ingress: [{action: Drop, l7Protocols: [{http: {}}]}]",
    says: ["spec.ingress[0].action is Drop beside l7Protocols, but must be Allow"],
  },
  {
    rule: "HTTP is over TCP",
    yaml: "ingress: [{action: Allow, l7Protocols: [{http: {}}], ports: [{port: 80}, {protocol: UDP, port: 80}]}]",
    says: [
      "spec.ingress[0].ports[1].protocol is UDP beside l7Protocols with http, but must be TCP",
    ],
  },
  {
    rule: "HTTP is over nothing else",
    yaml: "ingress: [{action: Allow, l7Protocols: [{http: {}}], protocols: [{icmp: {}}]}]",
    says: ["spec.ingress[0].protocols has icmp beside l7Protocols with http, but must be left out"],
  },
  {
    rule: "an L7 protocol is one",
    yaml: "ingress: [{action: Allow, l7Protocols: [{http: {}, tls: {}}, {}]}]",
    says: [
      "spec.ingress[0].l7Protocols[0] has http and tls, but must have exactly one of http or tls",
      "spec.ingress[0].l7Protocols[1] has none of its members, but must have exactly one of http or tls",
    ],
  },
  // log
  {
    rule: "what the log says is one word",
    yaml: "ingress: [{action: Drop, logLabel: 'two words'}]",
    says: [
      'spec.ingress[0].logLabel is "two words", but must be up to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends',
    ],
  },
];
