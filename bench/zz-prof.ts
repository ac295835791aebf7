import { policyComputation } from "@antrea/policy";
import { shapes } from "/work/wt/polrest/bench/cluster-shapes.ts";
const shape = shapes[Number(process.argv[2] ?? 4)]!;
const c = policyComputation();
let told = 0;
for (const o of [c.networkPolicies, c.addressGroups, c.appliedToGroups, c.podReceipts]) o.onChange(() => void told++);
c.update((x) => shape.tell(x));
const n = Number(process.argv[3] ?? 200);
const times: number[] = [];
for (let i = 0; i < n; i++) { const b = process.cpuUsage(); const t = performance.now(); c.update((x) => shape.changePolicy(x, i)); const { user, system } = process.cpuUsage(b); times.push((user + system) / 1000); }
times.sort((a, b) => a - b);
console.log("cpu median", times[n >> 1], "p90", times[Math.floor(n * 0.9)], "min", times[0]);
