import type { VersionNegotiationOptions } from '@modelcontextprotocol/client';

/** The revision of the modern era: no `initialize`, no session. */
export const MODERN = '2026-07-28';

export type Era = 'auto' | 'modern' | 'legacy';

/** `auto` asks for the modern era and falls back; the library's own default is the legacy one. */
export function negotiationFor(era: Era, probeTimeoutMs: number): VersionNegotiationOptions {
  const probe = { timeoutMs: probeTimeoutMs };
  switch (era) {
    case 'auto':
      return { mode: 'auto', probe };
    case 'modern':
      return { mode: { pin: MODERN }, probe };
    case 'legacy':
      return { mode: 'legacy' };
  }
}

/**
 * Whether to start a stdio server once more, to speak to it as of old: some end themselves at any request that comes
 * before `initialize`, and the question for the modern era is one. Over HTTP a closed connection says nothing.
 */
export const startsAgainAsLegacy = (
  era: Era,
  server: { readonly exited: boolean; readonly answers: number },
): boolean => era === 'auto' && server.exited && server.answers === 0;

/** Revisions are dates, and so in the order of their texts. */
export const isModern = (version: string | undefined): boolean => version !== undefined && version >= MODERN;

/** How people read it: `2025-11-25 (legacy)`. */
export const protocolText = (version: string | undefined): string =>
  version === undefined ? 'none' : `${version} (${isModern(version) ? 'modern' : 'legacy'})`;
