/** The live connection to the service. */

/** @import { ServicePulse, ServiceStatus, SyncStatus } from '../src/serve/status.ts' */

/** The service says something every five seconds. Whoever hears nothing for so long has lost it. */
const SILENCE_MS = 20_000;
const AGAIN_MS = 3000;

/**
 * @typedef {object} Listener
 * @property {(status: ServiceStatus) => void} onStatus
 * @property {(sync: SyncStatus) => void} onSync
 * @property {(pulse: ServicePulse) => void} onPulse
 * @property {() => void} onLost called once, until something is heard again
 */

/**
 * Listens to `/events` for as long as the page is open, and connects again whenever that ends.
 *
 * @param {Listener} listener
 */
export function listen(listener) {
  const source = new EventSource('events');
  /** @type {ReturnType<typeof setTimeout>} */
  let silence;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(startAnew, SILENCE_MS);
  };
  const startAnew = () => {
    source.close();
    listener.onLost();
    setTimeout(listen, AGAIN_MS, listener);
  };
  /**
   * @template Data
   * @param {string} name
   * @param {(data: Data) => void} tell
   */
  const on = (name, tell) =>
    source.addEventListener(name, ({ data }) => {
      heard();
      tell(JSON.parse(data));
    });
  on('status', listener.onStatus);
  on('sync', listener.onSync);
  on('pulse', listener.onPulse);
  source.addEventListener('error', () => {
    // The browser connects again by itself after a cut, but not after an answer such as a proxy's 502.
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(silence);
      startAnew();
    } else listener.onLost();
  });
  heard();
}
