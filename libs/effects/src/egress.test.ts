import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DENY_ALL_PRIVATE, denial, parseEgressAllow } from './egress.ts'

const https = (address: string) => denial(DENY_ALL_PRIVATE, { protocol: 'https:', hostname: 'x.example', address })

describe('by default', () => {
  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.254',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2001:10::1',
    '2002:7f00:1::',
    '2002:808:808::',
    '3fff::1',
    '3fff:fff::1',
    '5f00::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '4000::1',
    '1::1',
  ])('%s is denied', (address) => {
    expect(https(address)).toBe('not a public address')
  })

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '193.0.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2003::1',
    '3fff:1000::1',
  ])('%s may be called by https, and not by plain http', (address) => {
    expect(https(address)).toBeNull()
    expect(denial(DENY_ALL_PRIVATE, { protocol: 'http:', hostname: 'x.example', address })).toBe(
      'what is not encrypted goes to listed hosts only',
    )
  })

  it('no form of an IPv4 address is judged otherwise than the address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(https(`::ffff:${address}`)).toBe(https(address))
        expect(https(`64:ff9b::${address}`)).toBe(https(address))
      }),
    )
  })
})

describe('what is listed', () => {
  const denied = (allow: string, address: string, hostname = 'x.example', protocol = 'http:') => {
    const parsed = parseEgressAllow(allow)
    return parsed.ok ? denial(parsed.policy, { protocol, hostname, address }) : parsed.problems
  }

  it.each([
    ['10.0.0.0/8', '10.1.2.3'],
    ['10.0.0.0/8', '::ffff:10.1.2.3'],
    ['10.1.2.3', '10.1.2.3'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['fd00::/8', 'fd12::1'],
    [' 10.0.0.0/8,fd00::/8  127.0.0.1 ', '127.0.0.1'],
    ['8.8.8.0/24', '8.8.8.8'],
  ])('%s lets %s through, by plain http too', (allow, address) => {
    expect(denied(allow, address)).toBeNull()
  })

  it.each([
    ['10.0.0.0/8', '11.0.0.1'],
    ['10.0.0.0/8', '127.0.0.1'],
    ['10.1.2.3', '10.1.2.4'],
    ['fd00::/8', '::1'],
    ['provider.internal', '10.0.0.1'],
    ['', '127.0.0.1'],
  ])('%s does not let %s through', (allow, address) => {
    expect(denied(allow, address)).not.toBeNull()
  })

  it('as a name counts for that name alone', () => {
    expect(denied('Provider.internal', '10.0.0.1', 'provider.INTERNAL')).toBeNull()
    expect(denied('provider.internal', '10.0.0.1', 'a.provider.internal')).not.toBeNull()
    expect(denied('provider.internal', '10.0.0.1', 'provider.internal.evil.example')).not.toBeNull()
  })

  it.each(['10.0.0.0/33', '10.0.0', '999.1.1.1', '*.example', 'http://x', 'a b!', '1.2.3.4/8/8', '-x'])(
    'cannot be %j',
    (allow) => {
      expect(parseEgressAllow(allow).ok).toBe(false)
    },
  )

  it('names everything that is wrong with it', () => {
    const parsed = parseEgressAllow('10.0.0.0/8, *.example, 10.0.0.0/99')
    expect(!parsed.ok && parsed.problems).toEqual([
      'expected a CIDR such as 10.0.0.0/8, an address or a host name, got "*.example"',
      'expected a CIDR such as 10.0.0.0/8, an address or a host name, got "10.0.0.0/99"',
    ])
  })
})
