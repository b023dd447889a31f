import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultOf } from '../../src/ports/fault.ts';
import { createHttp } from '../../src/ports/http.ts';
import { type Authority, certificateAuthority } from '../targets/certificates.ts';
import { hangingServer, resettingServer } from '../targets/faults.ts';
import { closedPort } from '../targets/ports.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { listen } from '../targets/server.ts';
import { TLS_ERROR_CODES, tlsSite } from '../targets/tls.ts';

/** What a real request to `url` that is read to its end fails with. */
async function errorFrom(url: string, timeoutMs = 20_000): Promise<unknown> {
  const request = {
    method: 'GET',
    url: new URL(url),
    headers: {},
    signal: AbortSignal.timeout(timeoutMs),
  } as const;
  try {
    const answer = await createHttp().request(request);
    for await (const _ of answer.body);
  } catch (error) {
    return error;
  }
  throw new Error(`${url} answered`);
}

/** A server that says this, and nothing else, to whoever asks. */
async function saying(answer: string) {
  const server = createServer((socket: Socket) => void socket.once('data', () => socket.end(answer)));
  const { port, ...listening } = await listen(server);
  return { url: `http://127.0.0.1:${port}/`, ...listening };
}

describe('faultOf', () => {
  it('knows a closed port', async () => {
    expect(faultOf(await errorFrom((await closedPort()).url))).toMatchObject({
      kind: 'refused',
      code: 'ECONNREFUSED',
    });
  });

  it('knows a name that does not exist', async () => {
    const fault = faultOf(await errorFrom('http://no-such-name.invalid/'));
    expect(fault).toMatchObject({ kind: 'dns', code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) });
  });

  it('knows an answer that does not come in time', async () => {
    await using target = await hangingServer();
    expect(faultOf(await errorFrom(target.url, 200))).toMatchObject({
      kind: 'timeout',
      code: 'TimeoutError',
    });
  });

  it.each(['connect', 'request', 'body'] as const)(
    'knows a connection that is reset at the %s',
    async (when) => {
      await using target = await resettingServer(when);
      expect(faultOf(await errorFrom(target.url))?.kind).toBe('reset');
    },
  );

  it('knows a server that hangs up without an answer, or in the middle of one', async () => {
    await using silent = await saying('');
    await using half = await saying('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
    expect(faultOf(await errorFrom(silent.url))?.kind).toBe('reset');
    expect(faultOf(await errorFrom(half.url))?.kind).toBe('reset');
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a broken header', 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['an endless header', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(200_000)}\r\n\r\n`],
  ])('knows what is no HTTP: %s', async (_, answer) => {
    await using target = await saying(answer);
    const fault = faultOf(await errorFrom(target.url));
    expect(fault).toMatchObject({
      kind: 'protocol',
      explanation: expect.stringMatching(/^not valid HTTP: ./),
    });
  });

  it('knows a server that does not speak TLS', async () => {
    await using target = await saying('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(faultOf(await errorFrom(target.url.replace('http:', 'https:')))?.kind).toBe('tls');
  });

  it('takes no bug for a fault of the network', () => {
    expect(faultOf(new TypeError('x is undefined'))).toBeUndefined();
    expect(faultOf('text')).toBeUndefined();
    expect(faultOf(undefined)).toBeUndefined();
  });

  it('takes misuse of the client for no fault of the network', async () => {
    const signal = AbortSignal.timeout(20_000);
    const request = {
      method: 'GET',
      url: new URL('http://127.0.0.1:1/'),
      headers: { 'bad name': 'x' },
      signal,
    } as const;
    const error: unknown = await createHttp()
      .request(request)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'UND_ERR_INVALID_ARG' });
    expect(faultOf(error)).toBeUndefined();
  });

  it('lets the first of several addresses speak, through any number of causes', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const several = Object.assign(new AggregateError([refused, new Error('x')]), { code: 'ETIMEDOUT' });
    expect(faultOf(new TypeError('fetch failed', { cause: several }))?.kind).toBe('refused');
    const circle = new Error('a');
    circle.cause = circle;
    expect(faultOf(circle)).toBeUndefined();
  });

  it.each([
    ['ENETUNREACH', 'no-route'],
    ['EHOSTUNREACH', 'no-route'],
    ['EADDRNOTAVAIL', 'no-route'],
    ['EAFNOSUPPORT', 'no-route'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['CERT_REVOKED', 'tls'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls'],
  ])('knows %s as %s', (code, kind) => {
    expect(faultOf(Object.assign(new Error('x'), { code }))).toMatchObject({ kind, code });
  });
});

const missing = requireOrSkip(['openssl']);
describe.skipIf(missing)('faultOf, over TLS', () => {
  let authority: Authority | undefined;
  beforeAll(async () => {
    authority = await certificateAuthority();
  });
  afterAll(async () => authority?.[Symbol.asyncDispose]());

  // Another name shows only to who trusts the authority; the program's own process is told so by NODE_EXTRA_CA_CERTS.
  it.each(['self-signed', 'expired', 'unknown-issuer'] as const)(
    'explains a certificate that is %s',
    async (kind) => {
      if (!authority) throw new Error('no authority was made');
      await using site = await tlsSite(authority, kind, 'build-1');
      const seen = faultOf(await errorFrom(site.url));
      expect(seen).toMatchObject({ kind: 'tls', code: TLS_ERROR_CODES[kind] });
      expect(seen?.explanation).not.toMatch(/^TLS failed/);
    },
  );
});
