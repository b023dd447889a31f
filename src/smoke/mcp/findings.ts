import type { Place } from '../../config/place.ts';
import { logfmtValue } from '../../proof/encode.ts';
import type { Finding } from '../result.ts';
import { headerFault } from './header-params.ts';
import type { Drift } from './lock.ts';
import { LIST_LIMITS, type Listing } from './pages.ts';
import { compareTools, type ListedTool } from './tools.ts';

/** What a check wants of a list of tools. */
export interface WantedTools {
  readonly names: readonly string[] | undefined;
  readonly exact: boolean;
  readonly place: Place;
}

/** A list is whole only if its end was seen; what a torn one lacks or has twice says nothing. */
export const isWhole = ({ end }: Listing<unknown>): boolean => end === 'complete' || end === 'empty-cursor';

/** The tools that clients use; with `headers`, those that clients drop are left out, each with a warning. */
export function usableTools(
  listing: Listing<ListedTool>,
  headers: boolean,
  place: Place,
): { readonly listing: Listing<ListedTool>; readonly findings: readonly Finding[] } {
  const judged = listing.items.map((tool) => ({
    tool,
    fault: headers ? headerFault(tool.inputSchema) : undefined,
  }));
  return {
    listing: { ...listing, items: judged.flatMap(({ tool, fault }) => (fault === undefined ? [tool] : [])) },
    findings: judged.flatMap(({ tool, fault }) =>
      fault === undefined
        ? []
        : [
            {
              status: 'warn',
              title: `x-mcp-header of ${nameText(tool.name)}`,
              expected: 'a tool that clients keep',
              observed: fault,
              detail: 'clients of the modern era drop this tool',
              place,
            },
          ],
    ),
  };
}

/** Everything that is wrong with the tools that a server lists. */
export function judgeListing(listing: Listing<ListedTool>, wanted: WantedTools): Finding[] {
  const { place } = wanted;
  const names = listing.items.map(({ name }) => name);
  const { missing, extra, duplicates } = compareTools(names, wanted.names ?? names);
  const findings = listEnd(listing, place);
  if (!isWhole(listing)) return findings;
  if (missing.length > 0) {
    findings.push({
      status: 'fail',
      title: 'tools',
      expected: `offers ${nameList(wanted.names ?? [])}`,
      observed: `missing: ${nameList(missing)}`,
      detail: `it offers ${nameList(names)}`,
      place,
    });
  }
  if (wanted.exact && extra.length > 0) {
    findings.push({
      status: 'fail',
      title: 'exact',
      expected: `no tool besides ${nameList(wanted.names ?? [])}`,
      observed: `extra: ${nameList(extra)}`,
      place,
    });
  }
  if (duplicates.length > 0) {
    findings.push({
      status: 'fail',
      title: 'duplicate names',
      expected: 'each name once',
      observed: `more than once: ${nameList(duplicates)}`,
      detail: 'which of them is called is anybody’s guess',
      place,
    });
  }
  return findings;
}

/** How a list that has no proper end is to be mended. */
function listEnd({ end, pages, items }: Listing<unknown>, place: Place): Finding[] {
  const finding = (status: 'fail' | 'warn', observed: string): Finding[] => [
    { status, title: 'end of the list', expected: 'a last page, without nextCursor', observed, place },
  ];
  switch (end) {
    case 'complete':
      return [];
    case 'empty-cursor':
      return finding('warn', 'nextCursor "" on the last page: clients that send it get the first page again');
    case 'repeated-cursor':
      return finding('fail', `page ${pages} gives a cursor that was given before: the list has no end`);
    case 'too-many-pages':
      return finding('fail', `one more page after ${LIST_LIMITS.maxPages}`);
    case 'too-many-items':
      return finding('fail', `more than ${LIST_LIMITS.maxItems} tools (${items.length})`);
  }
}

const MAX_DRIFTS = 20;

export function judgeDrift(drifts: readonly Drift[], place: Place): Finding[] {
  return drifts.slice(0, MAX_DRIFTS).map((drift) => {
    const tool = nameText(drift.tool);
    const told = {
      changed: `changed to ${drift.after ?? ''}`,
      added: 'not in the lock',
      removed: 'in the lock, but not offered',
    }[drift.kind];
    const changes =
      drift.changes.length > 0
        ? drift.changes.join('; ')
        : 'no difference in shape: the fingerprint in the lock was not made from the schema beside it';
    return {
      status: 'fail',
      title: `tools-lock, ${tool}`,
      expected: drift.before ?? 'only locked tools',
      observed: told,
      ...(drift.kind === 'changed' ? { detail: changes } : {}),
      place,
    };
  });
}

/** A tool's name is the server's text: bare where it is a token, else quoted and cut. */
export const nameText = (name: string): string => logfmtValue(name, 128);

const MAX_NAMES = 50;

export function nameList(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return names.slice(0, MAX_NAMES).map(nameText).join(', ') + more;
}
