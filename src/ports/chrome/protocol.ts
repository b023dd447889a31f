/** The part of the Chrome DevTools Protocol that is used here: parameters and results of commands, and events. */
export interface Commands {
  'Browser.getVersion': [Record<string, never>, { readonly product: string }];
  'Browser.setDownloadBehavior': [{ behavior: 'deny'; browserContextId: string }, object];
  'Target.createBrowserContext': [
    { disposeOnDetach: true; proxyServer: string; proxyBypassList: string },
    { readonly browserContextId: string },
  ];
  'Target.disposeBrowserContext': [{ browserContextId: string }, object];
  'Target.setDiscoverTargets': [{ discover: true }, object];
  'Target.createTarget': [
    { url: 'about:blank'; browserContextId: string; width: number; height: number },
    { readonly targetId: string },
  ];
  'Target.attachToTarget': [{ targetId: string; flatten: true }, { readonly sessionId: string }];
  'Target.setAutoAttach': [{ autoAttach: true; waitForDebuggerOnStart: false; flatten: true }, object];
  'Target.closeTarget': [{ targetId: string }, object];
  'Storage.setCookies': [{ cookies: readonly CookieParam[]; browserContextId: string }, object];
  'Storage.getCookies': [{ browserContextId: string }, { readonly cookies: readonly BrowserCookie[] }];
  'Page.enable': [Record<string, never>, object];
  'Page.navigate': [
    { url: string },
    { readonly frameId: string; readonly loaderId?: string; readonly errorText?: string },
  ];
  'Page.handleJavaScriptDialog': [{ accept: boolean }, object];
  'Page.createIsolatedWorld': [
    { frameId: string; worldName: string },
    { readonly executionContextId: number },
  ];
  'Page.captureScreenshot': [{ format: 'png' }, { readonly data: string }];
  'Runtime.enable': [Record<string, never>, object];
  'Runtime.evaluate': [
    { expression: string; contextId: number; returnByValue: true },
    { readonly result: { readonly value?: unknown }; readonly exceptionDetails?: ExceptionDetails },
  ];
  'Log.enable': [Record<string, never>, object];
  'Inspector.enable': [Record<string, never>, object];
  'Network.enable': [Record<string, never>, object];
  'Network.setBypassServiceWorker': [{ bypass: true }, object];
  'Fetch.enable': [{ patterns: readonly { urlPattern: string }[]; handleAuthRequests: true }, object];
  'Fetch.continueRequest': [{ requestId: string; headers?: readonly HeaderEntry[] }, object];
  'Fetch.failRequest': [{ requestId: string; errorReason: 'AccessDenied' }, object];
  'Fetch.continueWithAuth': [
    { requestId: string; authChallengeResponse: { response: 'CancelAuth' } },
    object,
  ];
}

export interface Events {
  'Page.frameNavigated': { readonly frame: Frame };
  'Page.loadEventFired': object;
  'Page.javascriptDialogOpening': { readonly type: string; readonly message: string };
  'Runtime.consoleAPICalled': { readonly type: string; readonly args: readonly RemoteObject[] };
  'Runtime.exceptionThrown': { readonly exceptionDetails: ExceptionDetails };
  'Log.entryAdded': {
    readonly entry: { readonly source: string; readonly level: string; readonly text: string };
  };
  'Inspector.targetCrashed': object;
  'Network.requestWillBeSent': {
    readonly requestId: string;
    readonly loaderId: string;
    readonly request: { readonly url: string; readonly method: string };
    readonly type?: string;
    readonly frameId?: string;
    readonly redirectResponse?: NetworkResponse;
  };
  'Network.responseReceived': {
    readonly requestId: string;
    readonly loaderId: string;
    readonly type: string;
    readonly frameId?: string;
    readonly response: NetworkResponse;
  };
  /** The fields as they were received, Set-Cookie included; the lines of one name are joined by a newline. */
  'Network.responseReceivedExtraInfo': {
    readonly requestId: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  'Network.loadingFinished': { readonly requestId: string };
  'Network.loadingFailed': {
    readonly requestId: string;
    readonly errorText: string;
    readonly canceled?: boolean;
  };
  'Fetch.requestPaused': {
    readonly requestId: string;
    readonly request: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
    readonly frameId: string;
    readonly resourceType: string;
  };
  'Fetch.authRequired': { readonly requestId: string };
  'Target.targetCreated': { readonly targetInfo: TargetInfo };
  'Target.attachedToTarget': { readonly targetInfo: TargetInfo };
}

export interface TargetInfo {
  readonly targetId: string;
  readonly type: string;
  readonly url: string;
  readonly browserContextId?: string;
}

export interface Frame {
  readonly id: string;
  readonly parentId?: string;
  readonly loaderId: string;
  readonly url: string;
  readonly securityOrigin?: string;
}

export interface NetworkResponse {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** `validTo` in epoch seconds. */
  readonly securityDetails?: { readonly validTo: number };
}

export interface RemoteObject {
  readonly value?: unknown;
  readonly description?: string;
  readonly unserializableValue?: string;
}

export interface ExceptionDetails {
  readonly text: string;
  readonly exception?: RemoteObject;
}

export interface HeaderEntry {
  readonly name: string;
  readonly value: string;
}

export interface CookieParam {
  readonly name: string;
  readonly value: string;
  readonly url: string;
  /** Open to this domain and those below; without it, bound to the host of `url`. */
  readonly domain?: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite?: 'Strict' | 'Lax' | 'None';
  /** The port and scheme that it is bound to. */
  readonly sourcePort: number;
  readonly sourceScheme: 'Secure' | 'NonSecure';
}

export interface BrowserCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite?: string;
  /** -1 where it is not known. */
  readonly sourcePort?: number;
}
