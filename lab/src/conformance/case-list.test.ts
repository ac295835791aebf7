import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LabError } from "../errors.ts";
import { parseCaseList } from "./case-list.ts";

const saw = (pattern: RegExp) => (error: unknown) =>
  error instanceof LabError && pattern.test(error.complaint.saw);

test("parseCaseList() reads groups of cases under their headings", () => {
  const text = [
    "# a remark",
    "claimed: Pods reach Pods",
    "  [sig-network] one: http",
    "  [sig-network] two",
    "",
    "claimed on dual, ipv6: both families",
    "  [sig-network] three",
    "left out: no cloud: no load balancers",
    "  [sig-network] four",
  ];
  assert.deepEqual(parseCaseList(text.join("\n")), [
    {
      kind: "claimed",
      title: "Pods reach Pods",
      names: ["[sig-network] one: http", "[sig-network] two"],
    },
    {
      kind: "claimed",
      title: "both families",
      families: ["dual", "ipv6"],
      names: ["[sig-network] three"],
    },
    { kind: "left-out", title: "no cloud: no load balancers", names: ["[sig-network] four"] },
  ]);
});

test("parseCaseList() names the line that it cannot understand", () => {
  assert.throws(() => parseCaseList("  [sig-network] one"), saw(/line 1: the case/));
  assert.throws(() => parseCaseList("\nmaybe: what"), saw(/line 2: "maybe: what"/));
  assert.throws(() => parseCaseList("claimed on ipv5: what"), saw(/line 1: "claimed on ipv5/));
  assert.throws(() => parseCaseList("left out:"), saw(/line 1: "left out:"/));
  assert.throws(
    () => parseCaseList("claimed: a\n  one\nleft out: b\n  one"),
    saw(/line 4: "one", which stands in line 2 too/),
  );
});

test("sig-network.cases can be read, and claims the cases of Pod networking", () => {
  const text = readFileSync(new URL("sig-network.cases", import.meta.url), "utf8");
  const groups = parseCaseList(text);
  const claimed = groups.filter(({ kind }) => kind === "claimed").flatMap(({ names }) => names);
  for (const way of ["intra-pod", "node-pod"])
    for (const protocol of ["http", "udp"])
      assert.ok(
        claimed.some((name) => name.includes(`${way} communication: ${protocol}`)),
        `${way} by ${protocol}`,
      );
});
