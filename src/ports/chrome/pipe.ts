import type { Readable, Writable } from 'node:stream';
import type { Commands, Events } from './protocol.ts';

/** Chrome said no, or is gone: `closed` when there will never be an answer. */
export class ChromeError extends Error {
  override readonly name = 'ChromeError';
  readonly closed: boolean;

  constructor(message: string, closed: boolean) {
    super(message);
    this.closed = closed;
  }
}

/** Speaks with one browser, or, where it was made by `session`, with one page of it. */
export interface ChromeClient {
  send<Name extends keyof Commands>(command: Name, parameters: Commands[Name][0]): Promise<Commands[Name][1]>;
  /** Hears events of this session until it is disposed of. */
  on<Name extends keyof Events>(event: Name, listener: (parameters: Events[Name]) => void): Disposable;
  session(sessionId: string): ChromeClient;
}

/** A page is at most 5 million characters twice over (its HTML and its text), escaped; more is not an answer of ours. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;

/** Cuts a stream of bytes into the messages between its NULs. Throws where one has no end. */
export function createMessages(maxBytes = MAX_MESSAGE_BYTES): (chunk: Buffer) => string[] {
  let parts: Buffer[] = [];
  let bytes = 0;
  return (chunk) => {
    const messages: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, from)) {
      messages.push(Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8'));
      parts = [];
      bytes = 0;
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
    bytes += chunk.length - from;
    if (bytes > maxBytes) throw new ChromeError(`a message of more than ${maxBytes} bytes`, true);
    return messages;
  };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

type Listener = (parameters: never) => void;

/**
 * The DevTools Protocol over two pipes: no port is open that another process of the machine could steer the browser by.
 * The peer is a browser that we started ourselves, so its messages are taken at their word; what pages put into them is not.
 */
export function createChromeClient(input: Writable, output: Readable): ChromeClient {
  const waiting = new Map<number, PromiseWithResolvers<never>>();
  const listeners = new Map<string, Set<Listener>>();
  let lastId = 0;
  let gone: ChromeError | undefined;

  const end = (why: string) => {
    gone ??= new ChromeError(why, true);
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  };
  const receive = (message: Message) => {
    if (message.id !== undefined) {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) asked?.reject(new ChromeError(message.error.message, false));
      else asked?.resolve(message.result as never);
      return;
    }
    const heard = listeners.get(`${message.sessionId ?? ''} ${message.method}`) ?? [];
    for (const listener of [...heard]) listener(message.params as never);
  };
  const messagesIn = createMessages();
  output.on('data', (chunk: Buffer) => {
    try {
      for (const text of messagesIn(chunk)) receive(JSON.parse(text) as Message);
    } catch (error) {
      if (!(error instanceof ChromeError)) throw error;
      end(error.message);
      output.destroy();
    }
  });
  output.on('close', () => end('the browser has ended'));
  // A torn pipe: that the browser has ended says more.
  for (const pipe of [input, output]) pipe.on('error', () => end('the browser has ended'));

  const clientOf = (sessionId: string | undefined): ChromeClient => ({
    send: (method, params) => {
      if (gone) return Promise.reject(gone);
      lastId += 1;
      const asked = Promise.withResolvers<never>();
      waiting.set(lastId, asked);
      input.write(`${JSON.stringify({ id: lastId, method, params, sessionId })}\0`);
      return asked.promise;
    },
    on: (event, listener) => {
      const key = `${sessionId ?? ''} ${event}`;
      const set = listeners.get(key) ?? new Set<Listener>();
      listeners.set(key, set.add(listener as Listener));
      return { [Symbol.dispose]: () => void set.delete(listener as Listener) };
    },
    session: clientOf,
  });
  return clientOf(undefined);
}
