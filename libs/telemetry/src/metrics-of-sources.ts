import { AggregatorRegistry, Gauge } from 'prom-client'
import { createMetrics, type Metrics } from './metrics.ts'

export type MetricsOfSources = {
  of(source: string): Metrics
  setUp(source: string, up: boolean): void
  /** The text for `/metrics`. */
  text(): Promise<string>
}

/** One database: its metrics are those of the process, and no label says where they come from. */
export function metricsOfOne(metrics: Metrics): MetricsOfSources {
  return { of: () => metrics, setUp: () => {}, text: () => metrics.registry.metrics() }
}

/** Several: the same metrics for each, with its name as a label. Of the process itself only failures are told. */
export function metricsOfSeveral(process: Metrics): MetricsOfSources {
  const bySource = new Map<string, OfSource>()
  const ofSource = (source: string): OfSource => {
    const known = bySource.get(source) ?? createOfSource(source)
    bySource.set(source, known)
    return known
  }
  return {
    of: (source) => ofSource(source).metrics,
    setUp: (source, up) => ofSource(source).up.set(up ? 1 : 0),
    async text() {
      const own = await process.failures.get()
      const others = await Promise.all([...bySource.values()].map(({ metrics }) => metrics.registry.getMetricsAsJSON()))
      return AggregatorRegistry.aggregate([...others, own.values.length > 0 ? [own] : []]).metrics()
    },
  }
}

type OfSource = { metrics: Metrics; up: Gauge }

function createOfSource(source: string): OfSource {
  const metrics = createMetrics()
  metrics.registry.setDefaultLabels({ source })
  const up = new Gauge({
    name: 'readback_source_up',
    help: 'Whether this process can work on the database: 1, or 0.',
    registers: [metrics.registry],
  })
  return { metrics, up }
}
