import { z } from 'zod';
import { isBuildId } from '../live/build-id.ts';
import { MAX_MICROS, microsOf } from '../runner/meter-money.ts';

/**
 * The kinds of inputs. Each takes what a flag or an action input gives (a string) and what the config file gives (YAML's
 * own types), and yields one parsed type. `allowed` is what an error says may be given.
 */
interface KindMeta {
  readonly allowed: string;
  /** A flag of this kind may stand alone, and means `true`. */
  readonly flag?: boolean;
  /** Its values may be credentials: no error repeats them. */
  readonly secret?: boolean;
}

const kind = <S extends z.ZodType>(schema: S, meta: KindMeta): S => schema.meta({ ...meta });

/** The meta of a schema's kind, through whatever makes it optional or gives it a default. */
export function kindOf(schema: z.ZodType): KindMeta {
  const own = schema.meta() as Partial<KindMeta> | undefined;
  if (own?.allowed !== undefined) return own as KindMeta;
  const { innerType: inner } = schema.def as { innerType?: z.ZodType };
  return inner ? kindOf(inner) : { allowed: 'text' };
}

export const text = (allowed = 'text') => kind(z.string().trim().min(1), { allowed });

/** A text that is never shown, not even when it is wrong. */
export const secretText = (allowed: string) => kind(z.string().trim().min(1), { allowed, secret: true });

export const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  kind(z.enum(values), { allowed: `one of ${values.join(', ')}` });

export const flag = () =>
  kind(
    z
      .union([z.boolean(), z.enum(['true', 'false'])])
      .transform((value) => value === true || value === 'true'),
    { allowed: 'true or false', flag: true },
  );

export const integer = (min: number, max: number) =>
  kind(
    z
      .union([z.number(), z.string().regex(/^\s*\d+\s*$/)])
      .transform(Number)
      .pipe(z.int().min(min).max(max)),
    { allowed: `a whole number from ${min} to ${max}` },
  );

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `250ms`, `6s`, `20m`, `4h`, `30d`, as milliseconds. */
export const duration = (minMs: number, maxMs: number) =>
  kind(
    z
      .string()
      .regex(/^\s*\d+(\.\d+)?(ms|s|m|h|d)\s*$/)
      .transform((value) => {
        const [, amount, unit] = /([\d.]+)(\w+)/.exec(value) ?? [];
        return Math.round(Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]);
      })
      .pipe(z.number().min(minMs).max(maxMs)),
    {
      allowed: `a duration such as 250ms, 6s, 20m, 4h or 30d, from ${shortDuration(minMs)} to ${shortDuration(maxMs)}`,
    },
  );

/** Milliseconds as the shortest exact duration: 120000 is `2m`. */
export function shortDuration(ms: number): string {
  const units = Object.entries(UNITS_MS).reverse();
  const [unit, factor] = units.find(([, factor]) => ms >= factor && ms % factor === 0) ?? ['ms', 1];
  return `${ms / factor}${unit}`;
}

/** US dollars such as `0.40`, as whole micro-dollars. Nothing is rounded: what is finer is no price that anybody asks. */
export const money = (minMicros: number) =>
  kind(
    z.union([z.number(), z.string()]).transform((value, context) => {
      const text = String(value).trim();
      const micros = /^\d+(\.\d{1,6})?$/.test(text) ? microsOf(text, 'up') : undefined;
      if (micros !== undefined && micros >= minMicros) return micros;
      context.addIssue({ code: 'custom', message: 'is no such amount' });
      return z.NEVER;
    }),
    {
      allowed: `US dollars such as 5 or 0.40, ${minMicros > 0 ? 'more than zero' : 'not below zero'}, at most ${MAX_MICROS / 1e6}`,
    },
  );

/** Lines, or a YAML list. Blank lines are nothing. */
const rawLines = z.union([z.string(), z.array(z.string())]).transform((value) =>
  (Array.isArray(value) ? value : [value])
    .flatMap((item) => item.split(/\r?\n/))
    .map((line) => line.trim())
    .filter((line) => line !== ''),
);

export const lines = (allowed = 'text, one per line') =>
  kind(rawLines.pipe(z.array(z.string()).min(1)), { allowed });

const httpUrl = z.string().transform((value, context) => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol)) return refuse('is no http or https URL');
  if (url.username || url.password) return refuse('carries a user name or password: give it as a header');
  url.hash = '';
  return url;
});

/** http or https URLs, one per line. */
export const urls = () =>
  kind(rawLines.pipe(z.array(httpUrl).min(1)), {
    allowed: 'http or https URLs, one per line, such as https://app.example.com/',
  });

/** One http or https URL. */
export const oneUrl = () =>
  urls()
    .refine((list) => list.length === 1, 'names more than one')
    .transform(([url]) => url as URL)
    .meta({ allowed: 'an http or https URL' });

/** Fields of the connection itself (RFC 9110, section 7.6.1) and of the content, and the one that tells visitors apart. */
const OURS = new Set(
  'accept-encoding connection content-length expect keep-alive proxy-connection te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
);

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Header fields (RFC 9110, section 5): `name: value` lines, or a YAML map. Names come out in lower case. The values may be
 * secrets: only names are ever repeated.
 */
export const headers = () =>
  kind(
    z.union([rawLines, z.record(z.string(), z.string())]).transform((value, context) => {
      const fields = Array.isArray(value)
        ? value.map((line): [string, string] => {
            const colon = line.indexOf(':');
            return colon < 0 ? ['', ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
          })
        : Object.entries(value);
      const refuse = (message: string) => context.addIssue({ code: 'custom', message });
      const names = new Set<string>();
      for (const [name, content] of fields) {
        if (!TOKEN.test(name)) refuse('has a line that is not `name: value`');
        else if (OURS.has(name.toLowerCase())) refuse(`has ${name}, which is set for each request`);
        else if (names.has(name.toLowerCase())) refuse(`has ${name} twice`);
        else if (/[^\t\x20-\x7e\x80-\xff]/.test(content)) {
          refuse(`has a character in ${name} that no header may carry`);
        }
        names.add(name.toLowerCase());
      }
      return Object.fromEntries(fields.map(([name, content]) => [name.toLowerCase(), content]));
    }),
    { allowed: 'header fields as `name: value`, one per line', secret: true },
  );

/** A build id: safe in a file, a header, an HTML attribute and a URL. */
export const buildId = () =>
  kind(z.string().trim().refine(isBuildId, 'is no build id'), {
    allowed: '1 to 128 letters, digits, `.`, `_` or `-`, beginning with a letter or digit',
  });

const META_LINE = /^([a-z][a-z0-9-]{0,39}):\s*([A-Za-z0-9][A-Za-z0-9._:/+-]{0,99})$/;

/** `name: value` lines that are harmless in public: names, numbers, ids; no blanks, no `@`. */
export const metadata = () =>
  kind(
    z
      .union([rawLines, z.record(z.string(), z.union([z.string(), z.number()]).transform(String))])
      .transform((value, context) => {
        const given = Array.isArray(value)
          ? value
          : Object.entries(value).map(([name, content]) => `${name}: ${content}`);
        const found = given.map((line) => META_LINE.exec(line));
        if (found.includes(null))
          context.addIssue({ code: 'custom', message: 'has a line that may not stand in a ledger' });
        return Object.fromEntries(
          found.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? '']] : [])),
        );
      }),
    {
      allowed:
        '`name: value` lines; names of a-z, 0-9 and -, values of letters, digits and . _ : / + -, at most 100',
    },
  );
