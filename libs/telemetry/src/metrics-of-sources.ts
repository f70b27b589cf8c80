import { AggregatorRegistry } from 'prom-client'
import { createMetrics, type Metrics } from './metrics.ts'

export type MetricsOfSources = {
  of(source: string): Metrics
  /** The text for `/metrics`. */
  text(): Promise<string>
}

/** One database: its metrics are those of the process, and no label says where they come from. */
export function metricsOfOne(metrics: Metrics): MetricsOfSources {
  return { of: () => metrics, text: () => metrics.registry.metrics() }
}

/** Several: the same metrics for each, with its name as a label. Of the process itself only failures are told. */
export function metricsOfSeveral(process: Metrics): MetricsOfSources {
  const bySource = new Map<string, Metrics>()
  return {
    of(source) {
      const known = bySource.get(source) ?? createMetrics()
      known.registry.setDefaultLabels({ source })
      bySource.set(source, known)
      return known
    },
    async text() {
      const own = await process.failures.get()
      const others = await Promise.all([...bySource.values()].map(({ registry }) => registry.getMetricsAsJSON()))
      return AggregatorRegistry.aggregate([...others, own.values.length > 0 ? [own] : []]).metrics()
    },
  }
}
