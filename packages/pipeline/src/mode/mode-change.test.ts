import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ChangeStep,
  linkChoiceOf,
  type Links,
  type ModeChange,
  type NetworkForm,
  type NetworkSettings,
  type NetworkState,
  type NodeView,
} from "@antrea/api";
import fc from "fast-check";
import { cidr, ip, link, sharedSettings } from "../testing/network.ts";
import { choosePath, mayTurnTo, type PathChoice } from "./choose-path.ts";
import { nextMove, underWayMs } from "./follow.ts";
import { nextModeChange } from "./lead.ts";
import { formsTaken, ownStance, type Stance, stanceAtStart, takes } from "./stance.ts";

/** Of a course that was found, to see it again. */
const seedGiven = process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {};

const choices = [
  sharedSettings("encap"),
  sharedSettings("encap", "vxlan"),
  sharedSettings("hybrid"),
  sharedSettings("hybrid", "vxlan"),
  sharedSettings("noEncap"),
  sharedSettings("encap", "gre"),
  sharedSettings("auto"),
  sharedSettings("auto", "vxlan"),
  { ...sharedSettings("encap"), transportInterface: "eth1" },
  { ...sharedSettings("auto", "vxlan"), transportInterfaceCIDRs: ["172.29.0.0/16"] },
] as const;

/** What an agent has in its hands: everything is seen late, and some of it is lost when it starts anew. */
interface Agent {
  readonly name: string;
  readonly seen: Map<string, NodeView>;
  change: ModeChange["spec"] | undefined;
  current: Stance;
  told: NetworkState | undefined;
  /** The forms that the switch may send to each peer: two while it is being told. */
  readonly sends: Map<string, readonly NetworkForm[]>;
  /** What it has sent to whom until when: some of it is still under way. */
  readonly sent: { readonly to: string; readonly form: NetworkForm; readonly untilMs: number }[];
  /** The forms that the switch takes. */
  accepts: readonly NetworkForm[];
  /** The peers whose direct path probes have proven, in mode auto. */
  readonly proven: Set<string>;
  /** The stance that is being taken. */
  taking: Stance | undefined;
  /** Since when the others are told of what it takes. */
  acceptsSinceMs: number;
  isUp: boolean;
}

/** A cluster in which every message takes its own time and every program may end at any moment. */
class Cluster {
  readonly truth = new Map<string, NodeView>();
  readonly agents: readonly Agent[];
  change: ModeChange | undefined;
  wanted: NetworkSettings;
  /** The time that there is; of it whoever leads has a wrong idea. */
  nowMs = 0;
  skewMs = 0;
  /** What the leader has seen of the Nodes. */
  readonly led = new Map<string, NodeView>();

  constructor(size: number, first: NetworkSettings) {
    this.wanted = first;
    const views = Array.from({ length: size }, (_, i) => nodeView(i + 1));
    for (const view of views) {
      this.truth.set(view.name, view);
      this.led.set(view.name, view);
    }
    this.agents = views.map(({ name }) => {
      const stance = ownStance(first);
      return {
        ...{ name, seen: new Map(this.truth), change: undefined, current: stance },
        ...{ told: undefined, sends: new Map(), sent: [], taking: undefined, isUp: true },
        acceptsSinceMs: Number.NEGATIVE_INFINITY,
        proven: new Set(),
        accepts: formsTaken(stance.accepted, { hasTunnel: true }),
      };
    });
    for (const agent of this.agents) this.sendAnew(agent, agent.current, "settled");
  }

  /** What this agent's flows say of each peer. `under way`: old and new ones are in force together. */
  sendAnew(agent: Agent, stance: Stance, how: "under way" | "settled"): void {
    const local = agent.seen.get(agent.name) ?? assert.fail();
    for (const peer of agent.seen.values()) {
      if (peer.name === agent.name) continue;
      const { form } = choosePath(peer, {
        ...{ local, stance, direct: verdictsOf(agent) },
        takes: (name, one) => takes(agent.seen.get(name), one, stance),
      });
      const before = agent.sends.get(peer.name) ?? [];
      const kept = how === "settled" ? [] : before;
      const now = [...new Set([...kept, ...(form ? [form] : [])])];
      agent.sends.set(peer.name, now);
      const over = before.filter((one) => !now.includes(one));
      agent.sent.push(...over.map((one) => ({ to: peer.name, form: one, untilMs: this.nowMs })));
    }
  }

  /** One move of one agent, or a part of one. */
  act(agent: Agent): void {
    if (!agent.isUp) return;
    if (agent.taking) {
      this.sendAnew(agent, agent.taking, "settled");
      agent.accepts = formsTaken(agent.taking.accepted, { hasTunnel: true });
      agent.current = agent.taking;
      agent.taking = undefined;
      return;
    }
    const local = agent.seen.get(agent.name) ?? assert.fail();
    const choice = { local, stance: agent.current, direct: verdictsOf(agent) };
    const turns = (name: string): readonly NetworkForm[] =>
      mayTurnTo(agent.seen.get(name) ?? assert.fail(), choice);
    const next = nextMove({
      ...{ change: agent.change, current: agent.current, told: agent.told, hasTunnel: true },
      ...{ links: linksOf(local), linksAgeMs: Number.POSITIVE_INFINITY },
      acceptsAgeMs: this.nowMs - agent.acceptsSinceMs,
      nodes: [...agent.seen.values()],
      peers: [...agent.sends].flatMap(([name, forms]) =>
        [forms.at(-1), ...turns(name)].map((form) => ({
          ...{ name, form },
          isConfirmed: forms.length === 1,
        })),
      ),
    });
    if (next?.kind === "tell") {
      if (next.state.accepts.join() !== agent.told?.accepts.join())
        agent.acceptsSinceMs = this.nowMs;
      agent.told = next.state;
      const view = this.truth.get(agent.name) ?? assert.fail();
      this.truth.set(agent.name, { ...view, state: next.state, links: heardLinks(next.state) });
    } else if (next) {
      agent.taking = next.stance;
      const after = formsTaken(next.stance.accepted, { hasTunnel: true });
      // what is closed is closed at once, what is opened is open in the end
      agent.accepts = agent.accepts.filter((form) => after.includes(form));
      this.sendAnew(agent, next.stance, "under way");
    }
  }

  /** The switch confirms what it was told of all peers. */
  confirm(agent: Agent): void {
    if (!agent.taking) this.sendAnew(agent, agent.current, "settled");
  }

  /** Probes find that a direct path has come to work, or to fail. */
  probe(agent: Agent, name: string): void {
    if (!agent.isUp) return;
    if (!agent.proven.delete(name)) agent.proven.add(name);
    this.sendAnew(agent, agent.taking ?? agent.current, "under way");
  }

  deliverNode(agent: Agent, name: string): void {
    if (!agent.isUp) return;
    agent.seen.set(name, this.truth.get(name) ?? assert.fail());
    this.sendAnew(agent, agent.taking ?? agent.current, "under way");
  }

  deliverChange(agent: Agent): void {
    if (agent.isUp) agent.change = this.change?.spec;
  }

  /** The agent ends, and comes back with what the API server has. */
  restart(agent: Agent): void {
    this.nowMs += underWayMs; // which is less than it takes
    agent.isUp = true;
    for (const [name, view] of this.truth) agent.seen.set(name, view);
    agent.change = this.change?.spec;
    agent.taking = undefined;
    const { change, seen } = agent;
    agent.told = seen.get(agent.name)?.state;
    agent.current = stanceAtStart({
      ...{ change, nodes: seen.values(), told: agent.told, own: this.wanted },
    });
    agent.accepts = formsTaken(agent.current.accepted, { hasTunnel: true });
    this.sendAnew(agent, agent.current, "under way"); // flows of the former agent are still there
  }

  setUp(agent: Agent, isUp: boolean): void {
    const view = this.truth.get(agent.name) ?? assert.fail();
    this.truth.set(agent.name, { ...view, isReady: isUp });
    if (isUp) this.restart(agent);
    else agent.isUp = false; // its switch goes on as it is
  }

  lead(): void {
    this.nowMs += 200;
    const next = nextModeChange({
      ...{ current: this.change, wanted: { settings: this.wanted } },
      nodes: [...this.led.values()],
      wallTime: new Date(this.nowMs + this.skewMs),
    });
    if (next) this.change = next;
  }

  /** Another controller leads, whose machine is wrong about the time. */
  handOver(skewMs: number): void {
    this.skewMs = skewMs;
  }

  /** Every packet that may be sent now is taken, and so is what was sent a moment ago. */
  check(what: string): void {
    for (const from of this.agents)
      for (const to of this.agents) {
        const takes = (does: string, form: NetworkForm) =>
          assert.ok(
            to.accepts.includes(form),
            `${what}: ${from.name} ${does} ${form} to ${to.name}, which takes ${to.accepts.join()}`,
          );
        for (const form of from.sends.get(to.name) ?? []) takes("sends", form);
        for (const { to: name, form, untilMs } of from.sent)
          if (name === to.name && this.nowMs < untilMs + underWayMs) takes("has sent", form);
      }
  }
}

/** A Node is reached at one address over every link: what matters is what is told of it, and when. */
function linksOf({ transport }: NodeView): Readonly<Record<string, readonly string[]>> {
  const addresses = transport.map(({ address }) => `${address}/24`);
  return Object.fromEntries(choices.map((one) => [linkChoiceOf(one), addresses]));
}

function heardLinks({ links = {} }: NetworkState): Links {
  return new Map(
    Object.entries(links).map(([choice, addresses]) => [choice, addresses.map((one) => link(one))]),
  );
}

function verdictsOf({ proven }: Agent): PathChoice["direct"] {
  return (name, mode) => (mode === "auto" ? { isProven: proven.has(name), reason: "" } : undefined);
}

function nodeView(number: number): NodeView {
  return {
    ...{
      name: `node-${number}`,
      uid: `uid-${number}`,
      labels: {},
      internalIps: [],
      externalIps: [],
    },
    podCidrs: [cidr(`10.244.${number}.0/24`)],
    transport: [{ address: ip(`172.30.${1 + (number % 2)}.${10 + number}`), prefixLength: 24 }],
    ...{ hasAgent: true, isReady: true },
  };
}

/** One agent hears all, and does all that it can; `dies`: until its switch is being told. */
function hurry(cluster: Cluster, agent: Agent, { dies = false } = {}): void {
  for (let turn = 0; turn < 4; turn++) {
    cluster.deliverChange(agent);
    for (const name of cluster.truth.keys()) cluster.deliverNode(agent, name);
    cluster.confirm(agent);
    cluster.act(agent);
    if (dies && agent.taking) return cluster.setUp(agent, false);
  }
}

/** The leader hears all, and writes. */
function leadOn(cluster: Cluster): void {
  for (const [name, view] of cluster.truth) cluster.led.set(name, view);
  cluster.lead();
}

/** All that are up go through a change together, for so many of its writes. */
function goOn(cluster: Cluster, turns = 8): void {
  for (let turn = 0; turn < turns; turn++) {
    leadOn(cluster);
    for (const one of cluster.agents) hurry(cluster, one);
    cluster.check("all go on together");
  }
}

/** What may happen next; each takes the number of an agent, and another one. */
const events: readonly ((cluster: Cluster, agent: Agent, other: number) => string)[] = [
  (cluster, agent) => (cluster.act(agent), `${agent.name} acts`),
  (cluster, agent) => (cluster.act(agent), `${agent.name} acts`),
  (cluster, agent) => (cluster.confirm(agent), `${agent.name} is confirmed`),
  (cluster, agent, other) => {
    const { name } = cluster.agents[other % cluster.agents.length] ?? agent;
    cluster.deliverNode(agent, name);
    return `${agent.name} sees ${name}`;
  },
  (cluster, agent, other) => {
    const { name } = cluster.agents[other % cluster.agents.length] ?? agent;
    cluster.probe(agent, name);
    return `${agent.name} has measured ${name}`;
  },
  (cluster, agent) => (cluster.deliverChange(agent), `${agent.name} sees the change`),
  (cluster, agent) => {
    // a quick one, that is ahead of the others
    hurry(cluster, agent);
    return `${agent.name} hurries`;
  },
  (cluster) => {
    // all that are up do all that they can
    for (let turn = 0; turn < 3; turn++)
      for (const one of cluster.agents) {
        cluster.deliverChange(one);
        for (const name of cluster.truth.keys()) cluster.deliverNode(one, name);
        cluster.confirm(one);
        cluster.act(one);
        cluster.check(`${one.name} in a calm hour`);
      }
    return "a calm hour";
  },
  (cluster) => (leadOn(cluster), "the leader sees all and acts"),
  (cluster, agent) => {
    cluster.led.set(agent.name, cluster.truth.get(agent.name) ?? assert.fail());
    return `the leader sees ${agent.name}`;
  },
  (cluster) => (cluster.lead(), "the leader acts"),
  (cluster, _, other) => {
    if (other % 4 === 0) cluster.wanted = choices[other % choices.length] ?? choices[0];
    return "somebody edits the ConfigMap";
  },
  (cluster) => (goOn(cluster), "all go on together"),
  (cluster, agent) => {
    hurry(cluster, agent, { dies: true });
    return `${agent.name} dies between two moves`;
  },
  (cluster, _, other) => {
    const { from } = cluster.change?.spec ?? {};
    if (other % 2 === 0 && from) cluster.wanted = from;
    return "somebody turns it round";
  },
  (cluster, _, other) => {
    if (other % 8 === 0) cluster.change = undefined;
    return "somebody deletes the ModeChange";
  },
  (cluster, _, other) => {
    cluster.handOver((other - 32) * 3_600_000);
    return "another controller leads";
  },
  (cluster, agent, other) => {
    if (other % 8 === 0) cluster.restart(agent);
    return `${agent.name} starts anew`;
  },
  (cluster, agent, other) => {
    if (other % 3 === 0) cluster.setUp(agent, !agent.isUp);
    return `${agent.name} goes or comes`;
  },
];

/** Lets everything that is under way arrive, until nothing changes any more. */
function settle(cluster: Cluster): void {
  for (const agent of cluster.agents) if (!agent.isUp) cluster.setUp(agent, true);
  for (let round = 0; round < 60; round++) {
    for (const agent of cluster.agents) {
      cluster.led.set(agent.name, cluster.truth.get(agent.name) ?? assert.fail());
      cluster.deliverChange(agent);
      for (const name of cluster.truth.keys()) cluster.deliverNode(agent, name);
      cluster.confirm(agent);
      cluster.act(agent);
      cluster.check(`settling, round ${round}`);
    }
    cluster.lead();
    if (isAtRest(cluster)) return;
  }
}

function isAtRest({ agents, change, wanted }: Cluster): boolean {
  const spec = change?.spec;
  return (
    spec?.step === "Done" &&
    spec.to === wanted &&
    agents.every(
      ({ told, current: { accepted } }) =>
        told?.change === spec.number && told.step === "Done" && accepted.length === 1,
    )
  );
}

test("a change of mode, tunnel or both sends no packet that is not taken, in whatever order things happen", () => {
  const tape = fc.array(fc.tuple(fc.nat(events.length - 1), fc.nat(3), fc.nat(63)), {
    maxLength: 120,
    size: "max",
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 4 }),
      fc.nat(choices.length - 1),
      tape,
      (size, at, all) => {
        const first = choices[at] ?? choices[0];
        const cluster = new Cluster(size, first);
        settle(cluster);
        const done: string[] = [];
        for (const [event, agent, other] of all) {
          const one = cluster.agents[agent % size] ?? assert.fail();
          done.push((events[event] ?? assert.fail())(cluster, one, other));
          cluster.check(done.slice(-12).join("; "));
        }
        settle(cluster);
        const { spec } = cluster.change ?? assert.fail();
        assert.deepEqual([spec.step, spec.to], ["Done", cluster.wanted]);
        for (const { current } of cluster.agents)
          assert.deepEqual([current.preferred, current.accepted], [[spec.to], [spec.to]]);
      },
    ),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 300), ...seedGiven },
  );
});

function changeOf({ change }: Cluster): ModeChange {
  return change ?? assert.fail("there is a change");
}

/** All at rest, and then a change that has come to this step. */
function changing(step: ChangeStep): Cluster {
  const cluster = new Cluster(3, choices[0]);
  settle(cluster);
  cluster.wanted = choices[1];
  for (let turns = 0; cluster.change?.spec.step !== step && turns < 20; turns++) goOn(cluster, 1);
  assert.equal(cluster.change?.spec.step, step);
  return cluster;
}

/** Two Nodes, of which the first one died when it had told noEncap and did not take routed packets yet. */
function halfTold() {
  const cluster = new Cluster(2, choices[0]);
  const [first, second] = cluster.agents;
  assert.ok(first && second);
  settle(cluster);
  cluster.wanted = choices[4];
  leadOn(cluster);
  hurry(cluster, first, { dies: true });
  return { cluster, first, second };
}

test("nextMove() tells what it sends before it sends it: who dies in between holds up the end of the old form", () => {
  const cluster = changing("Accept");
  const [first] = cluster.agents;
  assert.ok(first);
  leadOn(cluster);
  assert.equal(cluster.change?.spec.step, "Send");
  hurry(cluster, first, { dies: true });
  cluster.wanted = choices[0];
  goOn(cluster, 20);
  assert.equal(cluster.change?.spec.step, "Retire");
  settle(cluster);
  assert.equal(cluster.change?.spec.step, "Done");
});

test("nextModeChange() keeps both settings while a Node that is away sends by either, however often people change their mind", () => {
  const cluster = changing("Send");
  const [first] = cluster.agents;
  assert.ok(first);
  cluster.setUp(first, false); // it sends the new form
  for (const wanted of [choices[0], choices[1], choices[0], choices[1], choices[0]]) {
    cluster.wanted = wanted;
    goOn(cluster, 1);
  }
  goOn(cluster, 20);
  settle(cluster);
  assert.equal(cluster.change?.spec.step, "Done");
});

test("nextModeChange() takes nothing for taken that a Node is only about to take", () => {
  const { cluster, second } = halfTold();
  cluster.wanted = choices[0];
  goOn(cluster);
  cluster.change = undefined;
  leadOn(cluster);
  cluster.wanted = choices[4];
  leadOn(cluster);
  hurry(cluster, second);
  cluster.check("who is away is sent what it takes");
  settle(cluster);
  assert.equal(changeOf(cluster).spec.step, "Done");
});

test("nextMove() closes nothing before Retire that another Node goes by still, of whatever change", () => {
  const { cluster, first, second } = halfTold();
  goOn(cluster); // the second one routes to whoever takes it
  cluster.restart(first);
  cluster.change = undefined;
  hurry(cluster, first); // it takes routed packets now
  leadOn(cluster);
  cluster.wanted = choices[0];
  hurry(cluster, second, { dies: true });
  cluster.lead(); // a change that keeps what there was before, of which the second one knows nothing
  hurry(cluster, first);
  assert.deepEqual(second.sends.get(first.name), ["routed", "geneve:6081"]);
  cluster.check("the second one is away");
  settle(cluster);
  assert.equal(changeOf(cluster).spec.step, "Done");
});

test("stanceAtStart() presumes of a Node that tells nothing what the change says, as long as there is one", () => {
  const cluster = changing("Accept");
  for (const one of cluster.agents) hurry(cluster, one);
  const { spec: change } = changeOf(cluster);
  const nodes = [...cluster.truth.values()];
  const told = nodes[0]?.state;
  const presumed = [{ ...change }, { ...change, step: "Done" } as const].map(
    (one) => stanceAtStart({ change: one, nodes, told, own: choices[2] }).presumed,
  );
  assert.deepEqual(presumed, [[choices[0]], [choices[1]]]);
});

test("stanceAtStart() is what was told: the next step is told before it is taken by a new agent, too", () => {
  const cluster = new Cluster(2, choices[0]);
  const [first, second] = cluster.agents;
  assert.ok(first && second);
  settle(cluster);
  cluster.setUp(first, false);
  cluster.wanted = choices[4];
  leadOn(cluster);
  hurry(cluster, second);
  leadOn(cluster);
  assert.equal(cluster.change?.spec.step, "Send");
  cluster.restart(first); // and has no time to tell anything
  cluster.setUp(first, false);
  cluster.wanted = choices[0];
  goOn(cluster);
  settle(cluster);
  assert.equal(cluster.change?.spec.step, "Done");
});

for (const step of ["Accept", "Send", "Retire"] as const)
  test(`nextModeChange() begins a change anew that was deleted in step ${step}, and goes where it went`, () => {
    const cluster = changing(step);
    cluster.change = undefined;
    for (const one of cluster.agents) cluster.restart(one); // who has seen nothing but what is there now
    cluster.lead();
    const { spec } = changeOf(cluster);
    assert.deepEqual([spec.step, spec.from, spec.to], ["Accept", choices[0], choices[1]]);
    settle(cluster);
    assert.deepEqual(
      cluster.agents.map(({ current }) => current.accepted),
      [[choices[1]], [choices[1]], [choices[1]]],
    );
  });

test("a change of the link sends nobody anything from an address that he has not heard of, while all are up", () => {
  const [plain, overEth1] = [choices[0], choices[8]];
  assert.equal(linkChoiceOf(overEth1), "eth1");
  const isHeardOf = (cluster: Cluster): void => {
    for (const from of cluster.agents)
      for (const to of cluster.agents) {
        const overLink = (from.sends.get(to.name) ?? []).some((form) => form.endsWith("@eth1"));
        const links = to.seen.get(from.name)?.links;
        assert.ok(!overLink || links?.has("eth1"), `${to.name} does not know ${from.name}`);
      }
  };
  const tape = fc.array(fc.tuple(fc.nat(3), fc.nat(2), fc.nat(2)), {
    minLength: 60,
    maxLength: 200,
  });
  fc.assert(
    fc.property(tape, (all) => {
      const cluster = new Cluster(3, plain);
      settle(cluster);
      cluster.wanted = overEth1;
      for (const [what, agent, other] of all) {
        const one = cluster.agents[agent] ?? assert.fail();
        if (what === 0) leadOn(cluster);
        if (what === 1) cluster.deliverNode(one, cluster.agents[other]?.name ?? assert.fail());
        if (what === 2) cluster.deliverChange(one);
        if (what === 3) cluster.act(one);
        cluster.confirm(one);
        isHeardOf(cluster);
      }
      settle(cluster);
      isHeardOf(cluster);
    }),
    { numRuns: 200, ...seedGiven },
  );
});
