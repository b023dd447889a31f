import { MAX_JSON_DEPTH } from '../../proof/parse-json.ts';

/** Looks at the bytes of JSON, or of a stream of events that are JSON, before anything parses them. */
export interface Gauge {
  push(bytes: Uint8Array): void;
  /** Some of it stands too deep. */
  tooDeep(): boolean;
  /** How many events ended. */
  events(): number;
  /** An event carried an id, so that the stream may be taken up again where it broke off. */
  resumable(): boolean;
}

/**
 * Measures JSON while it comes in. In an event stream (HTML Standard, section 9.2) only lines that begin with `data:` are
 * JSON, and a blank line ends an event: brackets in a comment neither count nor make up for others.
 */
export function createGauge(kind: 'json' | 'events', maxDepth = MAX_JSON_DEPTH): Gauge {
  const lines = createLines();
  let events = 0;
  let deepest = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;

  const count = (byte: number): void => {
    if (inText) {
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === OPEN_LIST || byte === OPEN_MAP) {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if ((byte === CLOSE_LIST || byte === CLOSE_MAP) && depth > 0) depth -= 1;
  };

  return {
    push: (bytes) => {
      for (const byte of bytes) {
        if (byte === NEWLINE || byte === RETURN) {
          // No text of JSON goes on over the end of a line.
          inText = false;
          escaped = false;
        }
        if (kind === 'json' || lines.isData(byte)) count(byte);
        else if (lines.ended()) {
          depth = 0;
          events += 1;
        }
      }
    },
    tooDeep: () => deepest > maxDepth,
    events: () => events,
    resumable: () => lines.sawId(),
  };
}

/** Reads an event stream byte by byte, as far as its fields' names. */
function createLines() {
  let column = 0;
  let data = true;
  let id = true;
  let last = 0;
  let blank = false;
  let seen = false;
  return {
    /** Whether this byte belongs to the value of a `data` field. */
    isData(byte: number): boolean {
      const secondHalf = byte === NEWLINE && last === RETURN;
      last = byte;
      blank = false;
      if (byte === NEWLINE || byte === RETURN) {
        if (secondHalf) return false;
        blank = column === 0;
        column = 0;
        data = true;
        id = true;
        return false;
      }
      data &&= column >= DATA.length || byte === DATA[column];
      id &&= column < ID.length && byte === ID[column];
      seen ||= id && column === ID.length - 1;
      column += 1;
      return data && column > DATA.length;
    },
    ended: () => blank,
    sawId: () => seen,
  };
}

const [QUOTE, BACKSLASH, NEWLINE, RETURN] = [0x22, 0x5c, 0x0a, 0x0d];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];
const DATA = Buffer.from('data:');
const ID = Buffer.from('id:');
