import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  fulcioHandler,
  type HandlerFn,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  tsaHandler,
} from '@sigstore/mock';
import { type Authority, certificateAuthority } from './certificates.ts';
import { listen } from './server.ts';

/**
 * Sigstore's services at the wire: a certificate authority with its log, a transparency log and a timestamp authority, both
 * as the public instance and as GitHub's own. A client's process reaches them by a proxy (HTTPS_PROXY) that knows these
 * names only, over TLS with certificates that it is told to trust (NODE_EXTRA_CA_CERTS).
 */
export interface Sigstore extends AsyncDisposable {
  /** What a process needs to find them. */
  readonly environment: Readonly<Record<string, string>>;
  /** The keys to trust, as `trusted_root.json` has them. */
  readonly trustedRoots: { readonly public: object; readonly github: object };
  /** Which services were asked, as `host path`, oldest first. */
  readonly requests: string[];
  /** A status that a service answers with instead. */
  fault: (host: string) => number | 'hang' | undefined;
}

const PUBLIC = { fulcio: 'fulcio.sigstore.dev', rekor: 'rekor.sigstore.dev' };
const GITHUB = { fulcio: 'fulcio.githubapp.com', tsa: 'timestamp.githubapp.com' };

interface Handler {
  readonly path: string;
  readonly fn: HandlerFn;
}

export async function serveSigstore(): Promise<Sigstore> {
  const authority: Authority = await certificateAuthority();
  const keys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [ctKeys, caKeys, logKeys, tsaKeys] = [keys(), keys(), keys(), keys()];
  const ctlog = await initializeCTLog(ctKeys);
  const [ca, githubCa] = [await initializeCA(caKeys, ctlog), await initializeCA(keys())];
  const tlog = await initializeTLog(`https://${PUBLIC.rekor}`, logKeys);
  const tsa = await initializeTSA(tsaKeys);
  // A real authority tells whole seconds (Go's encoding/asn1 writes no fractions). This one tells milliseconds, of which DER
  // drops the last zeros (X.690, 11.7.3), and then sigstore's reader, which knows three digits or none, refuses one time in ten.
  Object.assign(tsa, { getCurrentTime: () => new Date(Math.floor(Date.now() / 1000) * 1000) });
  // The real one makes the identity out of several claims; here it is one of its own.
  const subjectClaim = 'signer_uri';
  const services: Readonly<Record<string, Handler>> = {
    [PUBLIC.fulcio]: fulcioHandler(ca, { subjectClaim }),
    [PUBLIC.rekor]: rekorHandler(tlog),
    [GITHUB.fulcio]: fulcioHandler(githubCa, { subjectClaim }),
    [GITHUB.tsa]: tsaHandler(tsa),
  };

  const requests: string[] = [];
  const sigstore = { requests, fault: (() => undefined) as Sigstore['fault'] };
  const names = Object.keys(services);
  const server = createServer(await authority.issue(names), async (request, response) => {
    const [host = ''] = (request.headers.host ?? '').split(':');
    requests.push(`${host} ${request.url}`);
    const service = services[host];
    const fault = sigstore.fault(host);
    const body = await buffer(request);
    if (fault === 'hang') return;
    if (fault !== undefined || !service || service.path !== request.url) {
      response.writeHead(fault ?? 404).end();
      return;
    }
    const answer = await service.fn(host === PUBLIC.rekor ? asLogged(body.toString()) : body.toString());
    response
      .writeHead(answer.statusCode, { 'content-type': answer.contentType ?? 'text/plain' })
      .end(answer.response);
  });
  const tls = await listen(server);
  const gate = createHttpServer((_, response) => void response.writeHead(403).end());
  gate.on('connect', (request, socket) => {
    const [host = ''] = (request.url ?? '').split(':');
    socket.on('error', () => undefined);
    if (!names.includes(host)) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const onward = connect(tls.port, tls.host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
  });
  const proxy = await listen(gate);

  return Object.assign(sigstore, {
    environment: {
      HTTPS_PROXY: `http://${proxy.host}:${proxy.port}`,
      // What runs on this machine is asked directly.
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: authority.caFile,
    },
    trustedRoots: {
      public: {
        mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
        tlogs: [logOf(tlog.publicKey, `https://${PUBLIC.rekor}`)],
        certificateAuthorities: [authorityOf(`https://${PUBLIC.fulcio}`, [ca.rootCertificate])],
        ctlogs: [logOf(ctlog.publicKey, 'https://ctfe.sigstore.dev', Buffer.from(ctlog.logID as Uint8Array))],
        timestampAuthorities: [],
      },
      github: {
        mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
        tlogs: [],
        certificateAuthorities: [authorityOf(`https://${GITHUB.fulcio}`, [githubCa.rootCertificate])],
        ctlogs: [],
        timestampAuthorities: [
          authorityOf(`https://${GITHUB.tsa}`, [tsa.intCertificate, tsa.rootCertificate]),
        ],
      },
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([tls, proxy, authority].map((part) => part[Symbol.asyncDispose]()));
    },
  });
}

/** The log keeps digests and signatures of what is proposed to it (rekor, types/dsse/v0.0.1). */
function asLogged(text: string): string {
  const { apiVersion, kind, spec } = JSON.parse(text);
  if (kind !== 'dsse') return text;
  const { envelope, verifiers } = spec.proposedContent as { envelope: string; verifiers: string[] };
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: { sig: string }[] };
  const hash = (bytes: Buffer) => ({ algorithm: 'sha256', value: createDigest(bytes).toString('hex') });
  return JSON.stringify({
    apiVersion,
    kind,
    spec: {
      envelopeHash: hash(Buffer.from(envelope)),
      payloadHash: hash(Buffer.from(payload, 'base64')),
      signatures: signatures.map(({ sig }, n) => ({ signature: sig, verifier: verifiers[n] })),
    },
  });
}

const SINCE = { start: '2020-01-01T00:00:00Z' };

function logOf(publicKey: Buffer, baseUrl: string, logId?: Buffer) {
  const id = logId ?? createDigest(publicKey);
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: publicKey.toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: SINCE,
    },
    logId: { keyId: id.toString('base64') },
  };
}

const authorityOf = (uri: string, chain: readonly ArrayBufferView[]) => ({
  subject: { organization: 'test', commonName: 'test' },
  uri,
  certChain: {
    certificates: chain.map((certificate) => ({
      rawBytes: Buffer.from(certificate.buffer, certificate.byteOffset, certificate.byteLength).toString(
        'base64',
      ),
    })),
  },
  validFor: SINCE,
});

const createDigest = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
