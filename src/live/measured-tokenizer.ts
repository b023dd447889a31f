import { Tokenizer } from 'parse5';

/** In characters of names, of which an honest tag has few. */
const MAX_TAG_COST = 65_536;
const COST_PER_ATTRIBUTE = 16;

/**
 * The parser's tokenizer, which can say that the tag it is in has no end in sight. It puts values, texts and comments together
 * from slices of what it reads, but names from single characters: five megabytes of a name take hundreds.
 */
export class MeasuredTokenizer extends Tokenizer {
  get isTagTooLong(): boolean {
    return this.tagCost > MAX_TAG_COST;
  }

  private get tagCost(): number {
    const token = this.currentToken;
    if (!token) return 0;
    if ('attrs' in token)
      return token.tagName.length + this.currentAttr.name.length + token.attrs.length * COST_PER_ATTRIBUTE;
    if (!('publicId' in token)) return 0;
    return [token.name, token.publicId, token.systemId].reduce((sum, part) => sum + (part?.length ?? 0), 0);
  }
}
