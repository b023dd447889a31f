/**
 * Why clients of the modern era drop a tool (MCP 2026-07-28, Streamable HTTP, "Schema Extension"): an `x-mcp-header` in its
 * input schema has to be a token, once, on a text, whole number or boolean that is reached by `properties` alone.
 * Undefined for a tool that they keep. The caller bounds the depth.
 */
export function headerFault(inputSchema: unknown): string | undefined {
  const names = new Set<string>();

  const faultIn = (schema: unknown, reached: 'root' | 'properties' | 'otherwise'): string | undefined => {
    if (Array.isArray(schema)) return first(schema, (item) => faultIn(item, 'otherwise'));
    if (schema === null || typeof schema !== 'object') return undefined;
    const own = KEY in schema ? ownFault(schema, reached) : undefined;
    return own ?? first(Object.entries(schema), ([keyword, value]) => inKeyword(keyword, value, reached));
  };

  const inKeyword = (keyword: string, value: unknown, reached: string): string | undefined => {
    const way = keyword === 'properties' && reached !== 'otherwise' ? 'properties' : 'otherwise';
    if (MAPS.has(keyword)) return first(Object.values(value ?? {}), (schema) => faultIn(schema, way));
    return SCHEMAS.has(keyword) ? faultIn(value, 'otherwise') : undefined;
  };

  const ownFault = (
    schema: object & { [KEY]?: unknown; type?: unknown },
    reached: string,
  ): string | undefined => {
    const name = schema[KEY];
    if (reached !== 'properties') return 'x-mcp-header where no chain of `properties` leads';
    if (typeof name !== 'string' || !TOKEN.test(name)) return 'x-mcp-header is no token';
    if (!TYPES.has(schema.type)) return 'x-mcp-header on what is no string, integer or boolean';
    if (names.has(name.toLowerCase())) return 'x-mcp-header gives a name twice';
    names.add(name.toLowerCase());
    return undefined;
  };

  return faultIn(inputSchema, 'root');
}

const KEY = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);

/** Keywords that hold schemas by name, and those that hold one or a list of them. Elsewhere the key means nothing. */
const MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions']);
const SCHEMAS = new Set([
  ...[
    'items',
    'prefixItems',
    'contains',
    'additionalProperties',
    'unevaluatedProperties',
    'unevaluatedItems',
  ],
  ...['propertyNames', 'oneOf', 'anyOf', 'allOf', 'not', 'if', 'then', 'else'],
]);

function first<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
