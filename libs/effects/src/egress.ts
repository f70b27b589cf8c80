import ipaddr from 'ipaddr.js'

/**
 * What may be called besides the public internet. Everything else that is not a public unicast address is denied: a contract
 * or a provider's DNS must not make us talk to our own network.
 */
export type EgressPolicy = {
  /** Lower-case host names; each may resolve to any address. */
  readonly hosts: ReadonlySet<string>
  readonly ranges: readonly (readonly [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number])[]
}

export const DENY_ALL_PRIVATE: EgressPolicy = { hosts: new Set(), ranges: [] }

export type ParsedEgress =
  | { readonly ok: true; readonly policy: EgressPolicy }
  | { readonly ok: false; readonly problems: readonly string[] }

/** `READBACK_EGRESS_ALLOW`: CIDRs, addresses and host names, separated by commas or spaces. */
export function parseEgressAllow(text: string): ParsedEgress {
  const hosts = new Set<string>()
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = []
  const problems: string[] = []
  for (const item of text.split(/[\s,]+/).filter((word) => word !== '')) {
    const range = rangeOf(item)
    if (range !== null) ranges.push(range)
    else if (HOST_NAME.test(item) && !/^[\d.]+$/.test(item)) hosts.add(item.toLowerCase())
    else problems.push(`expected a CIDR such as 10.0.0.0/8, an address or a host name, got ${JSON.stringify(item)}`)
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, policy: { hosts, ranges } }
}

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}[a-z0-9_])?)*$/i

function rangeOf(item: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | null {
  if (ipaddr.isValidCIDR(item)) return ipaddr.parseCIDR(item)
  const literal = item.replace(/^\[(.*)\]$/, '$1')
  if (!ipaddr.IPv4.isValidFourPartDecimal(literal) && !ipaddr.IPv6.isValid(literal)) return null
  const address = ipaddr.parse(literal)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

export type Destination = { readonly protocol: string; readonly hostname: string; readonly address: string }

/** Why this resolved address may not be connected to, or null when it may. */
export function denial(policy: EgressPolicy, { protocol, hostname, address }: Destination): string | null {
  if (isListed(policy, hostname, address)) return null
  if (protocol !== 'https:') return 'what is not encrypted goes to listed hosts only'
  return isPublic(address) ? null : 'not a public address'
}

function isListed(policy: EgressPolicy, hostname: string, address: string): boolean {
  if (policy.hosts.has(hostname.toLowerCase())) return true
  return unwrapped(address).some((form) =>
    policy.ranges.some(([base, bits]) => form.kind() === base.kind() && form.match(base, bits)),
  )
}

/** The address, and the IPv4 one that it stands for. */
function unwrapped(text: string): (ipaddr.IPv4 | ipaddr.IPv6)[] {
  const address = ipaddr.parse(text)
  if (!(address instanceof ipaddr.IPv6)) return [address]
  const inner = embedded(address)
  return inner === null ? [address] : [address, inner]
}

const GLOBAL_V6 = ipaddr.IPv6.parse('2000::')
/** Inside 2000::/3 and not public, whatever a table may call them. */
const NOT_PUBLIC = ['3fff::/20', '2001::/23', '2001:db8::/32', '2002::/16'].map((range) => ipaddr.IPv6.parseCIDR(range))

function isPublic(text: string): boolean {
  const address = ipaddr.parse(text)
  const inner = address instanceof ipaddr.IPv6 ? embedded(address) : null
  if (inner !== null) return isUnicast(inner)
  return isUnicast(address)
}

function isUnicast(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false
  if (!(address instanceof ipaddr.IPv6)) return true
  return address.match(GLOBAL_V6, 3) && !NOT_PUBLIC.some(([base, bits]) => address.match(base, bits))
}

const NAT64 = ipaddr.IPv6.parse('64:ff9b::')

/** IPv4-mapped (::ffff:a.b.c.d) and NAT64 (64:ff9b::/96) reach the IPv4 address inside. 6to4 and Teredo are never public here. */
function embedded(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  return address.match(NAT64, 96) ? new ipaddr.IPv4(address.toByteArray().slice(12)) : null
}
