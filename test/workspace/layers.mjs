/**
 * The arrows between packages: pure <- adapters <- services. A package that is not named here fails the check,
 * so that a new one is placed on purpose.
 * @type {Record<string, 'pure' | 'adapter' | 'testing' | 'service' | 'composition'>}
 */
export const layers = {
  'libs/contract': 'pure',
  'libs/lifecycle': 'pure',
  'libs/limits': 'pure',
  'libs/waiting': 'pure',
  'libs/dispatch': 'adapter',
  'libs/effects': 'adapter',
  'libs/outbox': 'adapter',
  'libs/service-kit': 'adapter',
  'libs/store': 'adapter',
  'libs/telemetry': 'adapter',
  'libs/testing': 'testing',
  'services/delivery-worker': 'service',
  'services/relay': 'service',
  'services/verifier': 'service',
  'services/cli': 'composition',
}

/** Which layers a layer may import; an adapter never another adapter, a service never another service. */
const below = {
  pure: ['pure'],
  adapter: ['pure'],
  testing: ['pure'],
  service: ['pure', 'adapter'],
  composition: ['pure', 'adapter', 'testing', 'service'],
}

/** Single arrows beside the layers: a test database is migrated by the store. */
const exceptions = ['libs/testing -> libs/store']

/** Packages from outside that belong to one place, so that they can be replaced there. Tests may use them anywhere. */
export const reserved = {
  kafkajs: ['libs/dispatch'],
  undici: ['libs/effects', 'services/cli'],
  kysely: ['libs/store', 'libs/outbox'],
}

/** The only parts of Node that pure code may use: they compute, and reach nothing outside. */
export const pureBuiltins = ['node:assert', 'node:buffer', 'node:crypto', 'node:path', 'node:url', 'node:util']

/** @param {string} from @param {string} to package folders */
export function mayImport(from, to) {
  const layer = layers[from]
  const target = layers[to]
  if (!layer || !target) return false
  return below[layer].includes(target) || exceptions.includes(`${from} -> ${to}`)
}
