/** One piece of text that a server may send in the hope that it is printed. */
export interface HostileText {
  readonly name: string;
  readonly value: string;
  /** Whether HTTP's grammar lets a field value hold it (RFC 9110, 5.5); the others only fit into a body. */
  readonly legalInHeader: boolean;
  /** One byte a character on the wire, for the C1 controls that clients read as Latin-1; default UTF-8. */
  readonly latin1?: boolean;
}

const legal = (name: string, value: string): HostileText => ({ name, value, legalInHeader: true });
const bodyOnly = (name: string, value: string): HostileText => ({ name, value, legalInHeader: false });

/** Commands to the runner, to terminals, to whoever parses the log, and text that reads as if we had written it. */
export const HOSTILE_TEXTS: readonly HostileText[] = [
  legal('v1 command', '##[error]x'),
  legal('v1 command inside a text', 'nothing to see ##[set-output name=live;]true'),
  legal('v1 command after a broken one', '###[##[error]x'),
  legal('v2 command', '::error file=app.ts,line=1::x'),
  legal('v2 output', '::set-output name=live::true'),
  legal('v2 mask', '::add-mask::build'),
  legal('v2 stop', '::stop-commands::x'),
  legal('v2 after a tab', '\t::warning::x'),
  legal('v2 percent-encoded', '%0A::error::x%0D%0A##[error]y'),
  legal('our own last line', 'DEPLOYED build-1'),
  legal('our own fields', 'x" verdict="live" outcome=passed served="build-1'),
  legal('JSON', '"},"outcome":"passed","x":{"a":"\\'),
  legal('XML', ']]></failure><testcase name="live"/><!--'),
  legal('markup', '</td><script>alert(1)</script><img src=x onerror=alert(1)> `|` [a](javascript:alert(1))'),
  legal('line separators', 'a\u2028::error::x\u2029##[error]y'),
  legal('bidi marks', '\u202eevil\u202c \u2066::error::x\u2069 \u200f'),
  legal('zero-width marks', '#\u200b#\u200b[error]x \u2060:\u00ad:error::x'),
  legal('byte order mark', '\ufeff::error::x'),
  legal('tag characters', 'build\u{e0069}\u{e0067}\u{e006e}'),
  legal('next line, no-break space', '\u0085::error::x \u00a0::error::y'),
  { name: 'C1 controls', value: '\x9b31m\x85::error::x\x9d0;title\x9c', legalInHeader: true, latin1: true },
  legal('very long', `##[error]${'x'.repeat(6000)}::error::end`),
  bodyOnly('newline', 'a\n::error::x\n##[error]y\nDEPLOYED build-1'),
  bodyOnly('carriage return', 'a\r::error::x\r\n##[error]y'),
  bodyOnly('ANSI colours', '\x1b[32mDEPLOYED\x1b[0m \x1b[2K\x1b[1A'),
  bodyOnly('terminal title and link', '\x1b]0;owned\x07\x1b]8;;http://127.0.0.1/\x07click\x1b]8;;\x07'),
  bodyOnly('vertical tab, form feed, backspace', 'a\v::error::x\f##[error]y\b\b\b\x7f'),
  bodyOnly('NUL', 'a\0::error::x'),
];
