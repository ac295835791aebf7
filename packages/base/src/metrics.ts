/** A metric as data: each room lists its own in `metrics.ts`; the reference page is printed from them. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram, in the unit that ends the name. */
  readonly buckets?: readonly number[];
}

export type Labels = Readonly<Record<string, string>>;

/** One value that a metric tells. */
export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
}

/** Where numbers go. Names must have been defined before. */
export interface Metrics {
  define(...definitions: readonly MetricDefinition[]): void;
  inc(name: string, labels?: Labels, by?: number): void;
  set(name: string, value: number, labels?: Labels): void;
  observe(name: string, value: number, labels?: Labels): void;
  /** All that a gauge tells from now on: labels that are not among them are told no more. */
  replace(name: string, samples: readonly Sample[]): void;
  /** Called before each scrape, which waits for it, to set gauges that are read rather than counted. */
  onScrape(collect: () => void | Promise<void>): void;
  /** The Prometheus text exposition. */
  text(): Promise<string>;
}
