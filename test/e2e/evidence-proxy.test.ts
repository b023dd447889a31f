import { describe, expect, it } from 'vitest';
import { certificateAuthority } from '../targets/certificates.ts';
import { startProxy, tlsFront } from '../targets/proxy.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { openScene, proofOf } from './evidence.ts';

const missing = requireOrSkip(['openssl']);
const API = 'api.github.test';

describe.skipIf(missing !== undefined)(
  `a runner behind a proxy${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    it('shows its check run through the proxy, and looks at the site past it', async () => {
      await using scene = await openScene();
      await using authority = await certificateAuthority();
      await using front = await tlsFront(await authority.issue([API]), scene.hub.port);
      await using proxy = await startProxy({ routes: { [`${API}:443`]: front.port } });
      const env = {
        GITHUB_API_URL: `https://${API}/api`,
        NODE_EXTRA_CA_CERTS: authority.caFile,
        https_proxy: proxy.url,
      };
      await using run = await scene.verify({}, { env });
      expect((await proofOf(run)).outcome).toBe('passed');
      expect(scene.hub.api.checkRuns.map(({ fields }) => fields.conclusion)).toEqual(['success']);
      expect(new Set(proxy.asked.map(({ authority: asked }) => asked))).toEqual(new Set([`${API}:443`]));
    });
  },
);
