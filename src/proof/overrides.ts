/**
 * Whether a proof may be weakened like this: an override such as `waived: smoke: no pages` or `only: home` is about what stands
 * before its colon, and `waivers` name what may be.
 */
export function isAllowedOverride(override: string, waivers: readonly string[]): boolean {
  const about = override.startsWith('waived: ') ? override.slice('waived: '.length) : override;
  return waivers.some((waiver) => about === waiver || about.startsWith(`${waiver}:`));
}
