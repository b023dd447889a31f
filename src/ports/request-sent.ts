import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';

const LOOK_AGAIN_MS = 1;

/**
 * Tells when a request has left this process completely: handed to the operating system, and not only to a buffer of ours, so
 * that a connection which is ended now still carries it. `socketOf` gives the connection.
 */
export function tellWhenSent(
  socketOf: () => Socket | undefined,
  onSent: () => void,
): Dispatcher.DispatcherComposeInterceptor {
  const whenFlushed = () => {
    const socket = socketOf();
    if (socket && !socket.destroyed && socket.writableLength > 0) setTimeout(whenFlushed, LOOK_AGAIN_MS);
    else onSent();
  };
  return (dispatch) => (options, handler) => {
    const own = handler.onRequestSent?.bind(handler);
    handler.onRequestSent = () => {
      own?.();
      whenFlushed();
    };
    return dispatch(options, handler);
  };
}
