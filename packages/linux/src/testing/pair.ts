import { type TestNamespace, testNamespace } from "./namespace.ts";

/** Two namespaces with a link between them: 192.0.2.1/24 on `a0`, 192.0.2.2/24 on `b0`, and IPv6 alike. */
export interface TestPair extends Disposable {
  readonly a: TestNamespace;
  readonly b: TestNamespace;
}

export function testPair(): TestPair {
  const a = testNamespace();
  const b = testNamespace();
  a.run("ip", "link", "add", "a0", "type", "veth", "peer", "name", "b0", "netns", b.name);
  for (const [ns, device, host] of [
    [a, "a0", 1],
    [b, "b0", 2],
  ] as const) {
    ns.run("ip", "address", "add", `192.0.2.${host}/24`, "dev", device);
    ns.run("ip", "address", "add", `2001:db8::${host}/64`, "dev", device, "nodad");
    for (const up of ["lo", device]) ns.run("ip", "link", "set", up, "up");
  }
  for (const [ns, device] of [
    [a, "a0"],
    [b, "b0"],
  ] as const)
    untilUp(ns, device);
  return {
    a,
    b,
    [Symbol.dispose]() {
      a[Symbol.dispose]();
      b[Symbol.dispose]();
    },
  };
}

/**
 * The kernel tells itself of a carrier when it gets to it, after a second where many links come and go
 * (linkwatch), and only then has IPv6 on a link.
 */
function untilUp(ns: TestNamespace, device: string): void {
  for (let looks = 0; looks < 2_000; looks++)
    if (ns.ip("link", "show", device)[0].operstate === "UP") return;
  throw new Error(`${device} of a test is not up after 2000 looks`);
}
