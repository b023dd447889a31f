import { negotiate } from './encoding.ts';
import { pageOf } from './origin.ts';
import { type ListenOptions, startServer, type Target } from './server.ts';

export interface FlappingOptions extends ListenOptions {
  readonly old: string;
  readonly new: string;
  /**
   * Which build the nth look (from 0) is answered with; default new, old, new, old … so that a single look is a lie.
   * Looks are counted for each path and encoding apart, so that one poll sees one build whatever it asks for.
   */
  readonly pattern?: (look: number) => 'old' | 'new';
}

/** A load balancer with an old and a new server behind it. */
export async function flappingEdge(options: FlappingOptions): Promise<Target> {
  const looks = new Map<string, number>();
  const pattern = options.pattern ?? ((look: number) => (look % 2 === 0 ? 'new' : 'old'));
  return startServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://edge').pathname;
    const variant = `${negotiate(request.headers['accept-encoding'])} ${path}`;
    const look = looks.get(variant) ?? 0;
    looks.set(variant, look + 1);
    const buildId = options[pattern(look)];
    const isText = path.endsWith('.txt');
    response.writeHead(200, {
      'content-type': isText ? 'text/plain' : 'text/html; charset=utf-8',
      'x-build-id': buildId,
    });
    response.end(isText ? `${buildId}\n` : pageOf(buildId));
  }, options);
}
