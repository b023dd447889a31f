import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';
import type { Reachable } from '../ports/reach.ts';
import type { Redactor } from '../proof/redact.ts';
import type { Ask } from './exchanged.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { Values } from './template.ts';

/** What every check of a run is made with. */
export interface SmokeContext {
  /** What paths are resolved against. */
  readonly baseUrl: URL | undefined;
  /** Built-in values by name. */
  readonly values: Values;
  /** The build that every stamped answer has to be of. */
  readonly buildId: string | undefined;
  readonly reachable: Reachable;
  readonly sandbox: Sandbox;
  readonly http: Http;
  readonly clock: Clock;
  readonly secrets: Redactor;
  readonly userAgent: string;
  /** The build id that a page carries, as `verify-live` reads it. */
  readonly readStamp: (html: string) => Promise<string | undefined>;
  /**
   * Asks through a browser: the answer's text is that of the page after its scripts ran. Undefined where there is no browser,
   * and then what is to be rendered can't be checked.
   */
  readonly render?: Ask<SmokeContext> | undefined;
}
