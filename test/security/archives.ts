import { crc32, gzipSync } from 'node:zlib';

/** An archive's entry: a file with this text, or a link to somewhere. */
interface Entry {
  readonly name: string;
  readonly text?: string;
  readonly link?: string;
}

/** A tar archive (POSIX ustar), as the runner's cache usually holds them. */
export function tarOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, text = '', link }) => {
    const head = Buffer.alloc(512);
    const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
    head.write(name, 0, 'latin1');
    head.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8), 100);
    head.write(octal(link === undefined ? text.length : 0, 12) + octal(0, 12), 124);
    head.write(`        ${link === undefined ? '0' : '2'}${link ?? ''}`, 148);
    head.write('ustar\x0000', 257);
    head.write(
      octal(
        head.reduce((sum, byte) => sum + byte, 0),
        7,
      ),
      148,
    );
    const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
    body.write(text);
    return link === undefined ? [head, body] : [head];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A zip archive of stored files (APPNOTE 4.3); a link is a file whose attributes say so. */
export function zipOf(entries: readonly Entry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const { name, text = '', link } of entries) {
    const body = Buffer.from(link ?? text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(body), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(body.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), body]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((link === undefined ? 0o100644 : 0o120777) << 16) >>> 0, 6);
    rest.writeUInt32LE(at, 10);
    // Made by a Unix, so that its attributes are a mode.
    const head = Buffer.from('PK\x01\x02\x14\x03', 'latin1');
    central.push(Buffer.concat([head, common, rest, Buffer.from(name)]));
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** Entries that lead out of the folder they are unpacked in, all to the file `outside`. */
export const leadingOut = (outside: string): readonly Entry[] => [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((depth) => ({
    name: `${'../'.repeat(depth)}${outside.slice(1)}`,
    text: 'out',
  })),
  { name: outside, text: 'out' },
  { name: 'link', link: outside.slice(0, outside.lastIndexOf('/')) },
  { name: `link${outside.slice(outside.lastIndexOf('/'))}`, text: 'out' },
];

/** What may stand in the place of a good bundle, by name. */
export function poisonsOf(outside: string, good: Buffer): Readonly<Record<string, Buffer>> {
  const end = good.indexOf('\n\n');
  const [head, pack] = [good.toString('latin1', 0, end), good.subarray(end)];
  const withHead = (text: string) => Buffer.concat([Buffer.from(text, 'latin1'), pack]);
  const [, oid = ''] = /^([0-9a-f]{40,64}) /m.exec(head) ?? [];
  const flipped = Buffer.from(good);
  flipped.writeUInt8(flipped.readUInt8(good.length - 30) ^ 1, good.length - 30);
  return {
    'a tar that leads out': tarOf(leadingOut(outside)),
    'a compressed tar that leads out': gzipSync(tarOf(leadingOut(outside))),
    'a zip that leads out': zipOf(leadingOut(outside)),
    'a bundle with an archive behind it': Buffer.concat([good, tarOf(leadingOut(outside))]),
    'a bundle changed in a bit': flipped,
    'a bundle cut off': good.subarray(0, good.length - 25),
    'a bundle whose ref leads out': withHead(`${head}\n${oid} ../../../../..${outside}`),
    'a bundle that names another state': withHead(head.replaceAll(oid, 'f'.repeat(oid.length))),
    'a bundle with an option for a ref': withHead(`${head}\n${oid} --upload-pack=touch ${outside}`),
    'a configuration': Buffer.from(`[core]\n\tfsmonitor = touch ${outside}\n`),
    nothing: Buffer.alloc(0),
  };
}
