//! A headless Chromium with a profile of its own, driven over two pipes by the DevTools protocol: JSON, and a zero byte
//! behind each message. It is told to reach nothing but files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Folder, absent};

/// The names under which it is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// It speaks on descriptors 3 and 4, which the shell makes of its own input and output.
const START: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";

const FLAGS: [&str; 14] = [
    "--headless",
    "--remote-debugging-pipe",
    // It runs as root in containers, and as a user who may not make namespaces; all it opens is our own page.
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-breakpad",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--hide-scrollbars",
];

/// The browser; it ends with this value, and its files go.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    next: u64,
    /// What it told by itself, and nobody asked for yet.
    events: Vec<Value>,
    folder: Folder,
}

/// A page of it.
pub(crate) struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
}

/// A window's size, and what it prefers.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
    pub(crate) script: bool,
}

impl Window {
    pub(crate) const WIDE: Self = Self { width: 1280, height: 800, dark: false, script: true };
    pub(crate) const PHONE: Self = Self { width: 390, height: 844, dark: false, script: true };
}

impl Browser {
    /// Starts it; says so where there is none.
    pub(crate) fn start() -> Option<Self> {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let find =
            |name: &&str| std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file());
        let Some(program) = NAMES.iter().find_map(find) else {
            absent("chromium", &format!("none of {} is in PATH", NAMES.join(", ")));
            return None;
        };
        let folder = Folder::new();
        let home = folder.path();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", START]).arg(program).args(FLAGS);
        command.arg(format!("--user-data-dir={}", home.join("profile").display())).arg("about:blank");
        for variable in ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
            command.env(variable, home);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Some(Self { child, to, from, next: 0, events: Vec::new(), folder })
    }

    /// A folder for the pages that it shall open.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens a page of [`Browser::folder`].
    pub(crate) fn open(&mut self, page: &str, window: Window) -> Page<'_> {
        let target = self.ask(None, "Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.ask(None, "Target.attachToTarget", &attach)["sessionId"].as_str().unwrap().to_owned();
        self.events.clear();
        let url = format!("file://{}", self.folder().join(page).display());
        let mut page = Page { browser: self, session };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            page.ask(&format!("{domain}.enable"), &json!({}));
        }
        let Window { width, height, dark, script } = window;
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        page.ask("Emulation.setDeviceMetricsOverride", &metrics);
        let scheme = json!({"name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" }});
        page.ask("Emulation.setEmulatedMedia", &json!({"features": [scheme]}));
        page.ask("Emulation.setScriptExecutionDisabled", &json!({"value": !script}));
        page.ask("Page.navigate", &json!({"url": url}));
        page.wait("Page.loadEventFired");
        page
    }

    fn ask(&mut self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut message = self.read();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
            self.events.push(message);
        }
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.from.read_until(0, &mut message).unwrap();
        assert_eq!(message.pop(), Some(0), "the browser is gone");
        serde_json::from_slice(&message).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It closes its profile before its folder goes; whoever does not close is made to.
        let closed = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0").is_ok();
        if closed {
            let mut rest = Vec::new();
            while self.from.read_until(0, &mut rest).is_ok_and(|read| read > 0) {}
        } else {
            self.child.kill().unwrap_or_default();
        }
        self.child.wait().map(drop).unwrap_or_default();
    }
}

impl Page<'_> {
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.browser.ask(Some(&self.session), method, params)
    }

    fn wait(&mut self, method: &str) {
        while !self.browser.events.iter().any(|event| event["method"] == method) {
            let event = self.browser.read();
            self.browser.events.push(event);
        }
    }

    /// What an expression comes to; a promise is waited for.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut result = self.ask("Runtime.evaluate", &params);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].take()
    }

    /// What an expression comes to, as text.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        match self.value(expression) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    /// Waits until a condition holds that becomes true by itself.
    pub(crate) fn until(&mut self, condition: &str) {
        let wait = format!(
            "new Promise(done => {{ const look = () => ({condition}) ? done(true) : requestAnimationFrame(look); look(); }})"
        );
        assert_eq!(self.value(&wait), true);
    }

    /// Leads it to a fragment, as an address that somebody sent.
    pub(crate) fn visit(&mut self, fragment: &str) {
        let change = format!(
            "new Promise(done => {{ addEventListener('hashchange', () => requestAnimationFrame(done), {{once: true}}); location.hash = {}; }})",
            json!(fragment)
        );
        self.value(&change);
    }

    /// Presses a key, by its name in JavaScript; a key of one character types it.
    pub(crate) fn press(&mut self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        let text = match key {
            "Enter" => "\r",
            key if key.chars().count() == 1 => key,
            _ => "",
        };
        for kind in ["keyDown", "keyUp"] {
            let mut params = json!({"type": kind, "key": key, "windowsVirtualKeyCode": code});
            if kind == "keyDown" && !text.is_empty() {
                params["text"] = text.into();
            }
            self.ask("Input.dispatchKeyEvent", &params);
        }
    }

    /// Everything that went wrong in it, and everything that it fetched besides itself.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        self.ask("Runtime.evaluate", &json!({"expression": "0"}));
        let told = self.browser.events.iter().filter(|event| event["sessionId"] == self.session.as_str());
        let complaint = |event: &Value| {
            let params = &event["params"];
            match event["method"].as_str().unwrap() {
                "Runtime.exceptionThrown" => Some(params["exceptionDetails"].to_string()),
                "Runtime.consoleAPICalled" => Some(params["args"].to_string()),
                "Log.entryAdded" => Some(params["entry"].to_string()),
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str().unwrap();
                    let own =
                        ["file:", "data:"].iter().any(|scheme| url.starts_with(scheme)) && params["type"] != "Script";
                    (!own).then(|| format!("fetched {url}"))
                }
                _ => None,
            }
        };
        told.filter_map(complaint).collect()
    }
}
