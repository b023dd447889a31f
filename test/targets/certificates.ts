import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pathOf } from './requirements.ts';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority that lives in a temporary folder until disposal. */
export interface Authority extends AsyncDisposable {
  /** For NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  readonly ca: string;
  /** A certificate for these names and IP addresses; `expired` ended before today. */
  issue(names: readonly string[], options?: { readonly expired?: boolean }): Promise<Certificate>;
  /** One that vouches for itself. */
  selfSigned(names: readonly string[]): Promise<Certificate>;
}

const run = promisify(execFile);
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Needs openssl: node:crypto reads certificates and cannot make them. About 10 ms a certificate. */
export async function certificateAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'ship-proof-ca-'));
  const config = join(folder, 'openssl.cnf');
  await writeFile(config, '[req]\ndistinguished_name=dn\n[dn]\n');
  const openssl = async (...args: string[]): Promise<void> => {
    // Its own configuration, so that a distribution's defaults neither help nor hinder.
    await run(pathOf('openssl'), args, { cwd: folder, env: { ...process.env, OPENSSL_CONF: config } });
  };
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  let count = 0;

  const selfSign = async (
    stem: string,
    subject: string,
    extensions: readonly string[],
  ): Promise<Certificate> => {
    await openssl(
      ...['req', '-x509', ...NEW_KEY, '-days', '2', '-subj', `/CN=${subject}`],
      ...[
        '-keyout',
        `${stem}.key`,
        '-out',
        `${stem}.pem`,
        ...extensions.flatMap((line) => ['-addext', line]),
      ],
    );
    return { cert: await read(`${stem}.pem`), key: await read(`${stem}.key`) };
  };

  const { cert: ca } = await selfSign('ca', 'ship-proof test authority', [
    'basicConstraints=critical,CA:TRUE',
    'keyUsage=critical,keyCertSign',
  ]);

  return {
    ca,
    caFile: join(folder, 'ca.pem'),
    selfSigned: (names) => {
      count += 1;
      return selfSign(`self-${count}`, 'self-signed', [alternativeNames(names)]);
    },
    issue: async (names, { expired = false } = {}) => {
      count += 1;
      const stem = `leaf-${count}`;
      await openssl(
        'req',
        '-new',
        ...NEW_KEY,
        '-subj',
        '/CN=test',
        '-keyout',
        `${stem}.key`,
        '-out',
        `${stem}.csr`,
      );
      await writeFile(join(folder, `${stem}.ext`), `${alternativeNames(names)}\nbasicConstraints=CA:FALSE\n`);
      const sign = (...validity: string[]): Promise<void> =>
        openssl(
          ...[
            'x509',
            '-req',
            '-in',
            `${stem}.csr`,
            '-CA',
            'ca.pem',
            '-CAkey',
            'ca.key',
            '-set_serial',
            String(count),
          ],
          ...['-extfile', `${stem}.ext`, '-out', `${stem}.pem`, ...validity],
        );
      // Older releases only take a negative count of days, newer ones refuse it and take dates.
      if (expired) {
        await sign('-days', '-1').catch(() =>
          sign('-not_before', '20200101000000Z', '-not_after', '20200102000000Z'),
        );
      } else await sign('-days', '2');
      return { cert: await read(`${stem}.pem`), key: await read(`${stem}.key`) };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const alternativeNames = (names: readonly string[]): string =>
  `subjectAltName=${names.map((name) => `${/^[\d.]+$|:/.test(name) ? 'IP' : 'DNS'}:${name}`).join(',')}`;
