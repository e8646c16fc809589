// Counters, gauges and durations for Prometheus. It must not throw: a wrong label is not worth a call.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Log, Meter } from '../../engine/ports.ts';

type Labels = Readonly<Record<string, string>>;

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 30, 60, 120];

export interface PrometheusMeter extends Meter {
  readonly contentType: string;
  /** Everything, in Prometheus' text format. */
  text(): Promise<string>;
}

export function createMeter(log?: Log): PrometheusMeter {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const complained = new Set<string>();

  const safely = (name: string, act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (complained.has(name)) return;
      complained.add(name);
      log?.warn(
        { metric: name, error },
        'a measurement was refused; use the same labels and kind everywhere',
      );
    }
  };
  /** The metric of that name and kind, made at its first use with the labels of that use. */
  const metric = <M extends object>(
    name: string,
    labels: Labels,
    Kind: new (options: MetricOptions) => M,
  ): M => {
    const known = registry.getSingleMetric(name);
    if (known instanceof Kind) return known;
    return new Kind({
      name,
      help: name.replaceAll('_', ' '),
      labelNames: Object.keys(labels),
      registers: [registry],
    });
  };
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    count: (name, labels = {}, by = 1) => safely(name, () => metric(name, labels, Counter).inc(labels, by)),
    gauge: (name, value, labels = {}) => safely(name, () => metric(name, labels, Gauge).set(labels, value)),
    observe: (name, seconds, labels = {}) =>
      safely(name, () => metric(name, labels, SecondsHistogram).observe(labels, seconds)),
  };
}

interface MetricOptions {
  name: string;
  help: string;
  labelNames: string[];
  registers: Registry[];
}

class SecondsHistogram extends Histogram {
  constructor(options: MetricOptions) {
    super({ ...options, buckets });
  }
}
