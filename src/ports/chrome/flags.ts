/** Nothing that Chrome does of its own accord: no updates, reports, probes, first-run pages, dialogs of the system. */
const QUIET = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-pings',
  '--mute-audio',
  '--hide-scrollbars',
  '--disable-background-networking',
  '--disable-breakpad',
  '--disable-client-side-phishing-detection',
  '--disable-component-extensions-with-background-pages',
  '--disable-component-update',
  '--disable-crash-reporter',
  '--disable-default-apps',
  '--disable-dev-shm-usage',
  '--disable-domain-reliability',
  '--disable-extensions',
  '--disable-gpu',
  '--disable-sync',
  '--metrics-recording-only',
  '--password-store=basic',
  '--use-mock-keychain',
  // A page that nobody looks at is to run as fast as one in front.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  // `http://` is asked for as it was written.
  '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,Translate,MediaRouter,OptimizationHints,DialMediaRouteProvider',
];

/**
 * Every connection goes through the proxy of its check (chrome-gate.ts). What belongs to no check has a proxy where nobody
 * listens; names are not resolved here at all, not even in advance; and what knows no proxy (QUIC, WebRTC over UDP) is off.
 */
const THROUGH_THE_GATE = [
  '--proxy-server=socks5://127.0.0.1:9',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--disable-quic',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--webrtc-ip-handling-policy=disable_non_proxied_udp',
  // A cookie stays with the port and the scheme that it came from, as in our own flows.
  '--enable-features=EnablePortBoundCookies,EnableSchemeBoundCookies',
];

export const chromeFlags = (profile: string, sandbox: boolean): readonly string[] => [
  ...QUIET,
  ...THROUGH_THE_GATE,
  ...(sandbox ? [] : ['--no-sandbox']),
  `--user-data-dir=${profile}`,
  'about:blank',
];

/** What Chrome says when the system lets it have no sandbox: user namespaces forbidden, or its helper not set up. */
export const saysNoSandbox = (words: string): boolean =>
  /no usable sandbox|running as root without --no-sandbox|setuid sandbox|sandbox_host_linux|Failed to move to new namespace|credentials\.cc/i.test(
    words,
  );
