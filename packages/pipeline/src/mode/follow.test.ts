import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModeChange, NetworkState } from "@antrea/api";
import { sharedSettings } from "../testing/network.ts";
import { type FollowInput, type FollowMove, nextMove } from "./follow.ts";
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
    ...{ change: change(seen), current, told, peers: [peer], nodes: [], hasTunnel: true },
    ...more,
  });
}

function toldAt(step: NetworkState["step"], more: Partial<NetworkState> = {}): NetworkState {
  return {
    ...{ change: 2, step, accepts: ["direct", "geneve:6081", "vxlan:4789"] },
    ...{ sends: ["vxlan:4789"], settings: [vxlan, geneve], ...more },
  };
}

test("nextMove() tells that a form is taken no more before it is closed", () => {
  const told = toldAt("Send");
  const first = moveAt("Retire", { told });
  assert.equal(first?.kind, "tell");
  assert.deepEqual(first.state.accepts, ["direct", "vxlan:4789"]);
  const second = moveAt("Retire", { told: first.state });
  assert.equal(second?.kind, "take");
  assert.deepEqual(second.stance.accepted, [vxlan]);
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
