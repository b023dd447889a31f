import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Who may be asked at an address: everybody; only who is allowed to look inside; nobody. */
export type Reach = 'public' | 'private' | 'never';

/** Link-local, and the addresses elsewhere at which clouds hand out credentials. */
const NEVER = blockList([
  '169.254.0.0/16',
  'fe80::/10',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
]);

/** What the special-purpose registries (RFC 6890) do not call globally reachable. */
const PRIVATE = blockList([
  ...[
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
  ],
  ...['192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/128', '::1/128', '100::/64', '2001:db8::/32', 'fc00::/7', 'fec0::/10', 'ff00::/8'],
]);

/** Judges a literal address. An IPv6 address that stands for an IPv4 one is as good as that one. */
export function reachOf(address: string): Reach {
  const plain = address.replace(/%.*$/, '');
  if (isIPv4(plain)) return judged(plain, 'ipv4');
  if (!isIPv6(plain)) return 'never';
  const embedded = embeddedIpv4(plain);
  return embedded === undefined ? judged(plain, 'ipv6') : judged(embedded, 'ipv4');
}

function judged(address: string, family: 'ipv4' | 'ipv6'): Reach {
  if (NEVER.check(address, family)) return 'never';
  return PRIVATE.check(address, family) ? 'private' : 'public';
}

/** IPv4-mapped and -compatible (RFC 4291), NAT64 (RFC 6052, 8215) and 6to4 (RFC 3056). */
function embeddedIpv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const starts = (...wanted: number[]) => wanted.every((group, index) => groups[index] === group);
  const ipv4 = (high = 0, low = 0) => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  if (starts(0x2002)) return ipv4(groups[1], groups[2]);
  const compatible = starts(0, 0, 0, 0, 0, 0) && groups[6] !== 0;
  const nat64 = starts(0x64, 0xff9b, 0, 0, 0, 0) || starts(0x64, 0xff9b, 1);
  const mapped = starts(0, 0, 0, 0, 0, 0xffff) || starts(0, 0, 0, 0, 0xffff, 0);
  return compatible || nat64 || mapped ? ipv4(groups[6], groups[7]) : undefined;
}

/** The eight groups; the URL parser writes every address in the one short form. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const read = (part: string | undefined) =>
    part ? part.split(':').map((group) => Number.parseInt(group, 16)) : [];
  const [left, right] = [read(head), read(tail)];
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/');
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
