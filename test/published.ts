import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A published schema as others would read it: `totals`, `records/runners` … */
export const published = (name: string): z.ZodType =>
  z.fromJSONSchema(
    JSON.parse(readFileSync(new URL(`../docs/schemas/${name}.schema.json`, import.meta.url), 'utf8')),
  );
