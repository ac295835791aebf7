import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModeChange, NetworkState, NodeView } from "@antrea/api";
import { cidr, link, sharedSettings } from "../testing/network.ts";
import { type FollowInput, type FollowMove, hearLinksMs, nextMove, underWayMs } from "./follow.ts";
import { ownStance, stanceOf } from "./stance.ts";

const geneve = sharedSettings("encap");
const vxlan = sharedSettings("encap", "vxlan");
const at = "2026-01-01T00:00:00Z";
const change = (step: ModeChange["spec"]["step"]): ModeChange["spec"] => ({
  ...{ number: 2, from: geneve, to: vxlan, step },
  ...{ startedAt: at, stepSince: at },
});
const peer = { name: "peer", form: "vxlan:4789", isConfirmed: true } as const;

/** What a Node does that is at this step, has told this, and sees a step. */
function moveAt(
  seen: ModeChange["spec"]["step"],
  { told, ...more }: Partial<FollowInput>,
): FollowMove | undefined {
  const current = more.current ?? stanceOf(change(seen), { isOldSent: true });
  return nextMove({
    ...{ change: change(seen), current, told, peers: [peer], nodes: [] },
    ...{ hasTunnel: true, links: {} },
    ...{ linksAgeMs: Number.POSITIVE_INFINITY, acceptsAgeMs: Number.POSITIVE_INFINITY },
    ...more,
  });
}

function toldAt(step: NetworkState["step"], more: Partial<NetworkState> = {}): NetworkState {
  return {
    ...{ change: 2, step, accepts: ["direct", "geneve:6081", "vxlan:4789"] },
    ...{ sends: ["vxlan:4789"], settings: [vxlan, geneve], links: {}, ...more },
  };
}

test("nextMove() tells that a form is taken no more, and closes it once what is under way has had its time", () => {
  const told = toldAt("Send");
  const first = moveAt("Retire", { told });
  assert.equal(first?.kind, "tell");
  assert.deepEqual(first.state.accepts, ["direct", "vxlan:4789"]);
  const tooEarly = { told: first.state, acceptsAgeMs: underWayMs - 1 };
  assert.equal(moveAt("Retire", tooEarly), undefined);
  const second = moveAt("Retire", { told: first.state });
  assert.equal(second?.kind, "take");
  assert.deepEqual(second.stance.accepted, [vxlan]);
  const third = moveAt("Retire", { told: first.state, current: second.stance });
  assert.equal(first.state.step, "Send", "it is not through before");
  assert.equal(third?.kind, "tell");
  assert.equal(third.state.step, "Retire");
});

test("nextMove() tells, before a step is taken, what is sent until then and may be from then on, by which settings", () => {
  const current = { ...ownStance(geneve), change: 1 };
  const before = { change: 1, step: "Done", settings: [geneve] } as const;
  for (const told of [undefined, toldAt("Done", { ...before, sends: ["geneve:6081"] })]) {
    const move = moveAt("Done", { current, told });
    assert.equal(move?.kind, "tell");
    const { change: number, sends, settings } = move.state;
    assert.equal(number, 1, "it is not there yet");
    assert.deepEqual(
      sends.filter((form) => form !== "direct"),
      ["geneve:6081", "vxlan:4789"],
    );
    assert.deepEqual(settings, [vxlan, geneve]);
  }
});

test("nextMove() tells that a form is sent until the switch has confirmed another", () => {
  const told = toldAt("Accept", { sends: ["geneve:6081"] });
  const sent = (isConfirmed: boolean) => {
    const move = moveAt("Send", { told, peers: [{ ...peer, isConfirmed }] });
    return move?.kind === "tell" ? [move.state.step, ...move.state.sends] : move;
  };
  assert.deepEqual(sent(false), ["Accept", "geneve:6081", "vxlan:4789"]);
  assert.deepEqual(sent(true), ["Send", "vxlan:4789"]);
});

const overEth1 = { ...geneve, transportInterface: "eth1" };
const linkChange = (step: ModeChange["spec"]["step"]): ModeChange["spec"] => ({
  ...change(step),
  to: overEth1,
});
const ownLinks = { "": ["172.30.1.11/24"], eth1: ["172.29.0.11/24"] };

/** A peer that says it is reached over these links. */
function told(name: string, links: readonly string[]): NodeView {
  const addresses = [link("172.29.0.12/24")];
  return {
    ...{ name, uid: name, podCidrs: [cidr("10.244.2.0/24")], transport: addresses, labels: {} },
    ...{ internalIps: [], externalIps: [], hasAgent: true, isReady: true },
    links: new Map(links.map((one) => [one, addresses])),
  };
}

/** What a Node tells that takes both links, about a change to eth1. */
function saidOf(nodes: readonly NodeView[], peers: FollowInput["peers"]): NetworkState | undefined {
  const current = stanceOf(linkChange("Accept"), { isOldSent: true });
  const before = toldAt("Done", { change: 1, links: { "": ownLinks[""] } });
  const more = { change: linkChange("Accept"), current, told: before, nodes, peers };
  const move = moveAt("Accept", { ...more, links: ownLinks });
  return move?.kind === "tell" ? move.state : undefined;
}

test("nextMove() is through with taking another link once all Nodes say where they are reached there, and answer", () => {
  const sent = { ...peer, form: "geneve:6081" } as const;
  const deaf = saidOf([told("peer", ["", "eth1"])], [{ ...sent, unresolved: "172.29.0.12" }]);
  assert.match(
    deaf?.waiting ?? "",
    /the Ethernet address of 172\.29\.0\.12, by which peer is reached, is not known/,
  );
  const silent = saidOf([told("peer", [""])], [sent]);
  assert.match(silent?.waiting ?? "", /not all Nodes say yet where they are reached over eth1/);
  assert.deepEqual(
    [silent?.change, silent?.links],
    [1, ownLinks],
    "but it says where it is itself",
  );
  const all = saidOf([told("peer", ["", "eth1"])], [sent]);
  assert.deepEqual([all?.change, all?.step, all?.waiting], [2, "Accept", undefined]);
  const away = { ...told("away", [""]), isReady: false };
  assert.equal(saidOf([told("peer", ["", "eth1"]), away], [sent])?.waiting, undefined);
});

test("nextMove() is through with taking another mode once the routers that it sends by are known", () => {
  const toRouted = { ...change("Accept"), to: { ...geneve, trafficEncapMode: "noEncap" as const } };
  const current = stanceOf(toRouted, { isOldSent: true });
  const said = (unresolved: string | undefined) => {
    const more = { change: toRouted, current, nodes: [told("peer", [""])] };
    const peers = [{ ...peer, form: "geneve:6081" as const, unresolved }];
    const move = moveAt("Accept", { ...more, told: toldAt("Done", { change: 1 }), peers });
    return move?.kind === "tell" ? move.state.waiting : assert.fail();
  };
  assert.match(said("fd00:172:30:1::1") ?? "", /fd00:172:30:1::1, by which peer is reached/);
  assert.equal(said(undefined), undefined);
});

test("nextMove() sends over another link once the others have had time to hear where from", () => {
  const current = stanceOf(linkChange("Accept"), { isOldSent: true });
  const accepts = ["direct", "geneve:6081", "direct@eth1", "geneve:6081@eth1"] as const;
  const heard = toldAt("Accept", {
    ...{ accepts, sends: ["geneve:6081"], settings: [geneve, overEth1], links: ownLinks },
  });
  const at = (linksAgeMs: number) =>
    moveAt("Send", {
      ...{ change: linkChange("Send"), current, told: heard, links: ownLinks, linksAgeMs },
      peers: [{ ...peer, form: "geneve:6081" }],
    });
  assert.equal(at(hearLinksMs - 1), undefined);
  const move = at(hearLinksMs);
  assert.equal(move?.kind, "tell");
  assert.ok(move.state.sends.includes("geneve:6081@eth1"));
});

test("nextMove() of a Node that comes back late says where it is before it sends from there", () => {
  const current = { ...ownStance(geneve), change: 1 };
  const before = toldAt("Done", {
    ...{ change: 1, accepts: ["direct", "geneve:6081"], sends: ["geneve:6081"] },
    ...{ settings: [geneve], links: { "": ownLinks[""] } },
  });
  const announced = moveAt("Send", { change: linkChange("Send"), current, told: before });
  assert.equal(announced?.kind, "tell");
  const { state } = announced;
  assert.ok(!state.sends.includes("geneve:6081@eth1"));
  const taken = moveAt("Send", { change: linkChange("Send"), current, told: state });
  assert.equal(taken?.kind, "take");
  assert.deepEqual(taken.stance.preferred, [geneve]);
  assert.deepEqual(taken.stance.accepted, [geneve, overEth1]);
});
