import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { invariant } from "../errors.ts";
import type { MetricDefinition, Metrics } from "../metrics.ts";

/** Metrics kept by prom-client, in a registry of their own. */
export function prometheusMetrics(): Metrics {
  const registry = new Registry();
  const known = new Map<string, Counter | Gauge | Histogram>();
  const collectors: (() => void | Promise<void>)[] = [];

  const define = ({ name, kind, help, labels = [], buckets }: MetricDefinition): void => {
    invariant(!known.has(name), `metric ${name} is defined once`);
    const common = { name, help, labelNames: [...labels], registers: [registry] };
    if (kind === "counter") known.set(name, new Counter(common));
    else if (kind === "gauge") known.set(name, new Gauge(common));
    else
      known.set(name, new Histogram({ ...common, ...(buckets ? { buckets: [...buckets] } : {}) }));
  };
  const require = (name: string) => {
    const metric = known.get(name);
    invariant(metric, `metric ${name} is defined before it is used`);
    return metric;
  };

  return {
    define: (...definitions) => definitions.forEach(define),
    inc(name, labels = {}, by = 1) {
      const metric = require(name);
      invariant(!(metric instanceof Histogram), `metric ${name} counts`);
      metric.inc(labels, by);
    },
    set(name, value, labels = {}) {
      const metric = require(name);
      invariant(metric instanceof Gauge, `metric ${name} is a gauge`);
      metric.set(labels, value);
    },
    observe(name, value, labels = {}) {
      const metric = require(name);
      invariant(metric instanceof Histogram, `metric ${name} is a histogram`);
      metric.observe(labels, value);
    },
    replace(name, samples) {
      const metric = require(name);
      invariant(metric instanceof Gauge, `metric ${name} is a gauge`);
      metric.reset();
      metric.remove({}); // without labels a reset is a zero, which would be a value
      for (const { labels = {}, value } of samples) metric.set(labels, value);
    },
    onScrape: (collect) => void collectors.push(collect),
    async text() {
      await Promise.all(collectors.map(async (collect) => collect()));
      return registry.metrics();
    },
  };
}
