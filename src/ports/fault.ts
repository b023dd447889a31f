/** Why no answer came. `no-route` is a lack of this machine's network, not of the server. */
export type FaultKind = 'dns' | 'no-route' | 'refused' | 'reset' | 'timeout' | 'tls' | 'protocol';

export interface Fault {
  readonly kind: FaultKind;
  /** The system's or library's own code, such as ECONNREFUSED. */
  readonly code: string;
  /** What it means, and what to look at. */
  readonly explanation: string;
}

/** Names a transport error; undefined for one that is no transport error (a bug, which the caller rethrows). */
export function faultOf(error: unknown): Fault | undefined {
  const { code, message } = rootCause(error);
  const known = FAULTS[code];
  if (known) return { kind: known[0], code, explanation: known[1] };
  if (TLS_CODE.test(code)) return { kind: 'tls', code, explanation: `TLS failed: ${message}` };
  if (PROTOCOL_CODE.test(code)) return { kind: 'protocol', code, explanation: `not valid HTTP: ${message}` };
  return undefined;
}

const FAULTS: Readonly<Record<string, readonly [FaultKind, string]>> = {
  ENOTFOUND: ['dns', 'the name does not resolve: check the spelling and the DNS record'],
  EAI_AGAIN: ['dns', 'the resolver gave no answer'],
  EAI_NODATA: ['dns', 'the name has no address'],
  EAI_FAIL: ['dns', 'the resolver failed'],
  ENETUNREACH: ['no-route', 'this machine has no route to the address'],
  EHOSTUNREACH: ['no-route', 'this machine has no route to the address'],
  EADDRNOTAVAIL: ['no-route', 'this machine has no address of that family'],
  EHOSTDOWN: ['no-route', 'this machine has no route to the address'],
  ENETDOWN: ['no-route', "this machine's network is down"],
  // A route marked `prohibit`, or a packet filter of this machine.
  EACCES: ['no-route', 'this machine may not reach the address'],
  EPERM: ['no-route', 'this machine may not reach the address'],
  EAFNOSUPPORT: ['no-route', 'this machine does not speak that address family'],
  ECONNREFUSED: ['refused', 'nothing listens at that address and port'],
  ECONNRESET: ['reset', 'the server closed the connection before it answered'],
  EPIPE: ['reset', 'the server closed the connection before it answered'],
  ECONNABORTED: ['reset', 'the connection was aborted before an answer came'],
  UND_ERR_SOCKET: ['reset', 'the server closed the connection before its answer was complete'],
  ETIMEDOUT: ['timeout', 'no connection came about in time'],
  UND_ERR_CONNECT_TIMEOUT: ['timeout', 'no connection came about in time'],
  UND_ERR_HEADERS_TIMEOUT: ['timeout', 'no answer came in time'],
  UND_ERR_BODY_TIMEOUT: ['timeout', 'no complete answer came in time'],
  TimeoutError: ['timeout', 'no complete answer came in time'],
  // Our own word, before anything is sent.
  ADDRESS_REFUSED: [
    'refused',
    'it is a link-local address, which is never asked: such addresses hand out credentials',
  ],
  PROXY_UNUSABLE: [
    'refused',
    'HTTPS_PROXY names no http or https proxy, such as http://proxy.example.com:8080',
  ],
  PROXY_UNREACHABLE: ['refused', 'the proxy that HTTPS_PROXY names gave no answer'],
  PROXY_REFUSED: [
    'refused',
    'the proxy that HTTPS_PROXY names does not let this through: give its user and password there, or name the host in NO_PROXY',
  ],
  CERT_HAS_EXPIRED: ['tls', 'the certificate has expired: renew it'],
  CERT_NOT_YET_VALID: ['tls', "the certificate is not valid yet: check its dates and this machine's clock"],
  ERR_TLS_CERT_ALTNAME_INVALID: ['tls', 'the certificate is for another host name'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'tls',
    'the certificate is self-signed: a visitor sees a warning (trust your own CA by NODE_EXTRA_CA_CERTS)',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'tls',
    'the chain ends in a CA that is not trusted (trust your own by NODE_EXTRA_CA_CERTS)',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'tls',
    'the server does not send its intermediate certificate, or the CA is not trusted',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['tls', 'the CA is not trusted (trust your own by NODE_EXTRA_CA_CERTS)'],
};

const TLS_CODE = /^(ERR_SSL|ERR_TLS|CERT_|UNABLE_TO_|EPROTO$)/;
// Not all of undici's codes: misuse (INVALID_ARG) and a connection that we ended ourselves are no answer of a server's.
const PROTOCOL_CODE = /^(HTTPParserError$|HPE_|UND_ERR_(HEADERS_OVERFLOW|RES_|RESPONSE))/;

/** The innermost error that carries a code; `AggregateError` (several addresses tried) speaks by its first. */
function rootCause(error: unknown): { code: string; message: string } {
  let current: unknown = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    if (current instanceof AggregateError && current.errors.length > 0) current = current.errors[0];
    else if (current.cause instanceof Error && !hasOwnCode(current)) current = current.cause;
    else break;
  }
  if (!(current instanceof Error)) return { code: '', message: '' };
  return { code: hasOwnCode(current) ? String(current.code) : current.name, message: current.message };
}

const hasOwnCode = (error: Error): error is Error & { code: unknown } =>
  'code' in error && typeof error.code === 'string' && error.code !== '';
