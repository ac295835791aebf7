/** A demand of the CNI specification 1.1.0 on plugins, in our words, and what shows that it is met. */
export interface Demand {
  /** The heading of the specification that it stands under. */
  readonly section: string;
  readonly strength: "MUST" | "SHOULD" | "MAY";
  readonly demand: string;
  readonly tests: readonly TestName[];
  /** Where a test cannot show it: why it does not concern this plugin. */
  readonly remark?: string;
}

/** A test's file and its name, which stands in that file word by word. */
export type TestName = readonly [file: string, name: string];

const blackBox = (name: string): TestName => [
  "packages/cni/src/black-box.test.ts",
  `antrea ${name}`,
];
const network = (name: string): TestName => [
  "packages/agent/src/pods/pod-network.test.ts",
  `podNetwork().${name}`,
];
const dispatcher = (name: string): TestName => [
  "packages/agent/src/pods/cni-dispatcher.test.ts",
  `cniDispatcher() ${name}`,
];
const environment = (name: string): TestName => ["packages/api/src/cni/environment.test.ts", name];
const message = (name: string): TestName => ["packages/api/src/cni/message.test.ts", name];
const results = (name: string): TestName => ["packages/api/src/cni/result.test.ts", name];
const veth = (name: string): TestName => ["packages/linux/src/io/pod-veth.root.test.ts", name];
const endToEnd = (name: string): TestName => ["test/cni.test.ts", name];
const calls = (name: string): TestName => ["test/cni-calls.test.ts", name];

const malformed = blackBox("answers every malformed input with an error of the specification");
const anything = [
  "packages/cni/src/black-box.test.ts",
  "antrea (QuickJS) never ends without a result or an error, whatever it is given",
] as const;
const noDelegation = "This plugin delegates nothing: its agent gives addresses itself.";
const refusesIpam = dispatcher("refuses an IPAM plugin that it would have to call");

export const cniDemands: readonly Demand[] = [
  {
    section: "Network configuration format",
    strength: "MUST",
    demand: "A network's name starts with a letter or digit and is no path.",
    tests: [malformed],
  },
  {
    section: "Network configuration format",
    strength: "SHOULD",
    demand: "`dns` of the configuration is used as it is meant.",
    tests: [network("add() hands the configuration's DNS settings on")],
  },
  {
    section: "Parameters",
    strength: "MUST",
    demand: "Container ID and interface name follow their rules, or the call is an error.",
    tests: [
      environment("parseAttachment() refuses every other name with code 4 and names the variable"),
    ],
  },
  {
    section: "Parameters",
    strength: "MAY",
    demand: "CNI_ARGS, also without the kubelet's K8S_POD_*.",
    tests: [
      environment("parseCniArgs() reads kubelet's pairs, and podOf() the Pod in them"),
      [
        "packages/agent/src/pods/pod-network.test.ts",
        "podNetwork() keeps containers apart whose IDs begin alike and whose Pod nobody names",
      ],
      [
        "test/cni.test.ts",
        "cnitool attaches a namespace that is no Pod's, checks it, and leaves nothing",
      ],
    ],
  },
  {
    section: "Errors",
    strength: "MUST",
    demand: "Exit 0 on success, otherwise another code.",
    tests: [
      anything,
      blackBox("DEL, CHECK, GC and STATUS print nothing when the agent has done them"),
    ],
  },
  {
    section: "Errors",
    strength: "SHOULD",
    demand: "An error is told as an error result with its version, code and texts.",
    tests: [malformed, blackBox("hands the agent's error on, with its code and sentence")],
  },
  {
    section: "ADD",
    strength: "SHOULD",
    demand: "The interface that was asked for is made in the container's namespace.",
    tests: [veth("createPodVeth() readies the Pod's end, as ip sees it")],
  },
  {
    section: "ADD",
    strength: "MUST",
    demand: "A result on standard output, in the configuration's version.",
    tests: [
      blackBox("ADD asks the agent and prints the result in the version of the configuration"),
      results(
        "formatCniResult() puts a version beside each address before 1.0.0, and leaves out what is newer",
      ),
    ],
  },
  {
    section: "ADD",
    strength: "MUST",
    demand: "`prevResult` is handed on, with our own part added.",
    tests: [network("add() answers with what came before it in the chain, then its own")],
  },
  {
    section: "ADD",
    strength: "MUST",
    demand: "An interface of that name in the container is an error.",
    tests: [
      network("add() of what is there already is refused and changes nothing"),
      veth("createPodVeth() leaves nothing behind when the Pod has that interface already"),
    ],
  },
  {
    section: "DEL",
    strength: "SHOULD",
    demand: "All that the ADD made is removed.",
    tests: [
      network("remove() leaves nothing, twice and for what was never there too"),
      network("remove() leaves port and link for a quiet moment, and both then go"),
      calls("a Pod falls silent with its DEL, and an ADD may use namespace and name at once"),
      endToEnd(
        "agents killed while Pods come and go leave every Pod connected, and nothing of those that are gone",
      ),
    ],
  },
  {
    section: "DEL",
    strength: "SHOULD",
    demand: "It succeeds where parts are missing: the namespace, `prevResult`, the agent.",
    tests: [
      blackBox("DEL leaves word for an agent that is away or dies, and succeeds"),
      veth("deletePodVeths() gives those that were there, and leaves nothing of them"),
    ],
  },
  {
    section: "DEL",
    strength: "MUST",
    demand: "A second DEL succeeds.",
    tests: [network("remove() leaves nothing, twice and for what was never there too")],
  },
  {
    section: "CHECK",
    strength: "MUST",
    demand: "`prevResult` says which interfaces and addresses are expected.",
    tests: [network("check() finds what is gone or changed")],
  },
  {
    section: "CHECK",
    strength: "MUST",
    demand: "What a later plugin of the chain changed is no error.",
    tests: [network("check() leaves alone what a later plugin of the chain added elsewhere")],
  },
  {
    section: "CHECK",
    strength: "SHOULD",
    demand: "A lost interface, address or route of ours is an error.",
    tests: [
      network("check() finds what is gone or changed"),
      veth("observe() of a Pod's namespace tells all that CNI CHECK asks"),
    ],
  },
  {
    section: "CHECK",
    strength: "SHOULD",
    demand: "A daemon that is needed and away is an error.",
    tests: [
      dispatcher("refuses ADD and CHECK while Open vSwitch is away, and still deletes"),
      blackBox("says try again later (STATUS: not available) while the agent is away"),
    ],
  },
  {
    section: "STATUS",
    strength: "MUST",
    demand:
      "Success where an ADD can be served, else an error: 50, or 51 where Pods are cut off too.",
    tests: [dispatcher("answers STATUS with the specification's codes")],
  },
  {
    section: "STATUS",
    strength: "SHOULD",
    demand: "An error where no address is left.",
    tests: [dispatcher("answers STATUS with the specification's codes")],
  },
  {
    section: "STATUS",
    strength: "MUST",
    demand: "Other commands are served whether STATUS was asked or not.",
    tests: [network("add() gives the Pod an address, a route by the gateway, a port and flows")],
  },
  {
    section: "VERSION",
    strength: "MUST",
    demand: "The caller's version and the list of those that are spoken.",
    tests: [blackBox("VERSION lists the versions in the caller's own, without asking anybody")],
  },
  {
    section: "GC",
    strength: "SHOULD",
    demand:
      "What belongs to attachments that are not listed is removed; other networks are left alone.",
    tests: [
      dispatcher("does GC of attachments that are not listed, and of the asked network only"),
      network("removeOrphans() removes links without a port, but not of an ADD that is under way"),
    ],
  },
  {
    section: "GC",
    strength: "SHOULD",
    demand: "It goes on after an error, and reports it.",
    tests: [dispatcher("goes on with a GC where one attachment cannot be removed, and says so")],
  },
  {
    section: "Lifecycle & Ordering",
    strength: "MUST",
    demand: "Calls for different containers may come at the same time.",
    tests: [
      dispatcher("connects 50 Pods that are asked for at once, each with an address of its own"),
      dispatcher("leaves an ADD alone that is under way while a GC does not know of it"),
    ],
  },
  {
    section: "Lifecycle & Ordering",
    strength: "MUST",
    demand: "A command is refused in a configuration of a version that has it not.",
    tests: [message("requestOf() holds the commands to the versions that have them")],
  },
  {
    section: "Plugin Delegation",
    strength: "MUST",
    demand: "DEL, CHECK, GC and STATUS are passed on to delegated plugins.",
    tests: [refusesIpam],
    remark: noDelegation,
  },
  {
    section: "Plugin Delegation",
    strength: "SHOULD",
    demand: "After a delegated plugin's failed ADD it is called with DEL.",
    tests: [refusesIpam],
    remark: noDelegation,
  },
  {
    section: "Result Types",
    strength: "MUST",
    demand: "The results of 0.3.0 to 1.1.0 can be read and written.",
    tests: [results("parseCniResult() reads the form of every version alike")],
  },
  {
    section: "Result Types",
    strength: "MUST",
    demand: "Chained plugins work on our result: portmap opens a `hostPort`.",
    tests: [
      endToEnd(
        "a hostPort answers from outside the cluster and from another Node, through portmap",
      ),
    ],
  },
];
