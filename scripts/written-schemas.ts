import type { z } from 'zod';
import { proofRecordSchema } from '../src/deploy/proof-record.ts';
import { deploySchema, environmentSchema } from '../src/deploy/records.ts';
import { holdSchema } from '../src/holds/hold.ts';
import { entrySchema } from '../src/ledger/entry.ts';
import { headSchema } from '../src/ledger/head.ts';
import { baselineSchema } from '../src/live/baseline.ts';
import { stampManifestSchema } from '../src/live/stamp-manifest.ts';
import { deploysFileSchema } from '../src/modes/ledger/export.ts';
import { totalsFileSchema } from '../src/modes/retrospective/totals-file.ts';
import { claimSchema } from '../src/once/claim.ts';
import { keyedBySchema } from '../src/once/keyed-by.ts';
import { predicateSchema } from '../src/proof/attestation.ts';
import { proofSchema } from '../src/proof/schema.ts';
import { watchdogRecordSchema } from '../src/runner/alerts.ts';
import { incidentRecordSchema } from '../src/runner/incident.ts';
import { runnerSchema } from '../src/runner/tick-state.ts';
import { lockSchema } from '../src/smoke/mcp/lock.ts';

/** What ship-proof writes as JSON: the name of its schema, what it is, and its schema. */
export const WRITTEN: readonly (readonly [name: string, title: string, type: z.ZodType])[] = [
  ['proof', 'The record of one run of ship-proof', proofSchema],
  ['baseline', 'What URLs served before a deploy', baselineSchema],
  ['attestation', 'What is signed of a proof', predicateSchema],
  ['manifest', 'The manifest that `stamp` writes of a build', stampManifestSchema],
  ['tools-lock', 'The lock file of an MCP server’s tools', lockSchema],
  ['totals', 'totals.json of `retrospective`', totalsFileSchema],
  ['entry', 'One line of ledger.jsonl: an entry of the ledger’s history', entrySchema],
  ['deploys', 'deploys.json, beside ledger.jsonl', deploysFileSchema],
  ['records/head', 'The record head.json of a ledger', headSchema],
  ['records/claims', 'A record below claims/ of a ledger', claimSchema],
  ['records/claims-meta', 'The record claims-meta/keyed-by of a ledger', keyedBySchema],
  ['records/deploys', 'A record below deploys/ of a ledger', deploySchema],
  ['records/environments', 'A record below environments/ of a ledger', environmentSchema],
  ['records/proofs', 'A record below proofs/ of a ledger', proofRecordSchema],
  ['records/holds', 'A record below holds/ of a ledger', holdSchema],
  ['records/runners', 'A record below runners/ of a ledger', runnerSchema],
  ['records/watchdog', 'A record below watchdog/ of a ledger', watchdogRecordSchema],
  ['records/incidents', 'A record below incidents/ of a ledger', incidentRecordSchema],
];
