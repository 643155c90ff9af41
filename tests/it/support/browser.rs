//! A real browser: Chromium without a window, led over WebDriver.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// Chromium and its driver, ended with the test.
pub struct Browser {
    pub client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// A window of this size, in CSS pixels; `None` skips, loudly.
    pub async fn open(width: u32, height: u32) -> Option<Browser> {
        Browser::open_with(width, height, None).await
    }

    /// [`Browser::open`], where this host and port (`work.example.com:80`) is found at another address.
    pub async fn open_where(
        width: u32,
        height: u32,
        host: &str,
        address: SocketAddr,
    ) -> Option<Browser> {
        let rule = format!("--host-resolver-rules=MAP {host} {address}");
        Browser::open_with(width, height, Some(rule)).await
    }

    async fn open_with(width: u32, height: u32, more: Option<String>) -> Option<Browser> {
        let started = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut driver) = started else {
            super::skip("chromedriver is not in PATH");
            return None;
        };
        let port = port_of(&mut driver);
        let profile = tempfile::tempdir().unwrap();
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        arguments.extend(more);
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        let browser = Browser {
            client,
            driver,
            _profile: profile,
        };
        browser.resize(width, height).await;
        Some(browser)
    }

    /// Makes the page this wide, which a window's own least width does not stand in the way of.
    pub async fn resize(&self, width: u32, height: u32) {
        self.command(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 }),
        )
        .await;
    }

    /// As if the person liked dark pages.
    pub async fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        self.command(
            "Emulation.setEmulatedMedia",
            json!({ "features": [
                { "name": "prefers-color-scheme", "value": value },
                // Colours change at once, so a look right away sees the new ones.
                { "name": "prefers-reduced-motion", "value": "reduce" },
            ] }),
        )
        .await;
    }

    /// By how many pixels the page has to be scrolled sideways.
    pub async fn sideways(&self) -> i64 {
        let script =
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let over = self.client.execute(script, Vec::new()).await.unwrap();
        over.as_i64().unwrap()
    }

    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Types into the field with this id, in place of what is in it.
    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.client.find(Locator::Id(id)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Gives a field its value at once: a field for a time takes keys in an order of its own.
    pub async fn set(&self, id: &str, value: &str) {
        let script = "document.getElementById(arguments[0]).value = arguments[1]";
        let arguments = vec![json!(id), json!(value)];
        self.client.execute(script, arguments).await.unwrap();
    }

    pub async fn value_of(&self, id: &str) -> String {
        let script = "return document.getElementById(arguments[0]).value";
        let value = self.client.execute(script, vec![json!(id)]).await.unwrap();
        value.as_str().unwrap().to_owned()
    }

    /// Opens the part of the page with this summary, unless it is open.
    pub async fn unfold(&self, summary: &str) {
        let path = format!("//details[not(@open)]/summary[contains(., '{summary}')]");
        if let Ok(found) = self.client.find(Locator::XPath(&path)).await {
            found.click().await.unwrap();
        }
    }

    /// The cookies for the address that is shown.
    pub async fn cookies(&self) -> Vec<(String, String)> {
        let all = self.client.get_all_cookies().await.unwrap();
        all.iter()
            .map(|one| (one.name().to_owned(), one.value().to_owned()))
            .collect()
    }

    pub async fn forget_cookies(&self) {
        self.command("Network.clearBrowserCookies", json!({})).await;
    }

    /// Keeps a picture of the whole page, where somebody wants to look at the pages.
    #[expect(
        clippy::disallowed_methods,
        reason = "where a person who looks at the pages wants their pictures"
    )]
    pub async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("WORKSAMPLE_TEST_PICTURES") else {
            return;
        };
        let script =
            "return [document.documentElement.clientWidth, document.documentElement.scrollHeight]";
        let size = self.client.execute(script, Vec::new()).await.unwrap();
        let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 });
        let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let shot = self.command("Page.captureScreenshot", wanted).await;
        let png = base64::engine::general_purpose::STANDARD
            .decode(shot["data"].as_str().unwrap())
            .unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), png).unwrap();
    }

    /// Presses the button or link of this name. A press is over before what it asks for has come to the service, so
    /// what it leads to is waited for, with [`Self::sees`], before anything else is done.
    pub async fn press(&self, label: &str) {
        let path = format!("//button[contains(., '{label}')] | //a[contains(., '{label}')]");
        let pressed = async || {
            let found = self.client.find(Locator::XPath(&path)).await?;
            found.click().await
        };
        let end = Instant::now() + PATIENCE;
        while let Err(error) = pressed().await {
            assert!(is_between_pages(&error), "{label}: {error}");
            assert!(Instant::now() < end, "nothing to press: {label}");
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Presses the button of the form with this action.
    pub async fn send(&self, action: &str) {
        let path = format!("//form[@action='{action}']//button");
        let button = self.client.find(Locator::XPath(&path)).await.unwrap();
        button.click().await.unwrap();
    }

    /// The text of the page below `path`, as soon as its main part says these words.
    pub async fn sees(&self, path: &str, words: &str) -> String {
        // In one command: a page that loads itself again would take an element away between two.
        let script = "return [location.pathname, document.querySelector('main').innerText]";
        self.until(script, |seen| {
            let text = seen[1].as_str()?;
            let there = seen[0].as_str()?.starts_with(path) && text.contains(words);
            there.then(|| text.to_owned())
        })
        .await
        .unwrap_or_else(|last| panic!("{path} does not say {words:?}, but: {last}"))
    }

    /// As soon as the keys that are typed come to what has this id.
    pub async fn has_the_focus(&self, id: &str) -> bool {
        let script = "return document.activeElement.id";
        let there = |seen: &Value| (seen == id).then_some(());
        self.until(script, there).await.is_ok()
    }

    /// A page that loads itself again does so no more, as if the person pressed Escape.
    pub async fn stay(&self) {
        let script = "window.stop()";
        self.client.execute(script, Vec::new()).await.unwrap();
    }

    /// What is found in the script's answer as soon as something is; in the end, the last answer instead.
    pub async fn until<T>(
        &self,
        script: &str,
        found: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let last = match self.client.execute(script, Vec::new()).await {
                Ok(seen) => match found(&seen) {
                    Some(found) => return Ok(found),
                    None => seen.to_string(),
                },
                // Between two pages there is nothing to ask.
                Err(error @ CmdError::Standard(_)) => error.to_string(),
                Err(error) => panic!("{error}"),
            };
            if Instant::now() > end {
                return Err(last);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Presses the tabulator key, wherever the focus is.
    pub async fn tab(&self) {
        for kind in ["rawKeyDown", "keyUp"] {
            let key =
                json!({ "type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9 });
            self.command("Input.dispatchKeyEvent", key).await;
        }
    }

    /// Gives the browser a cookie for this address, as if the service had set it.
    pub async fn give_cookie(&self, url: &str, name: &str, value: &str) {
        let cookie = json!({ "url": url, "name": name, "value": value, "httpOnly": true });
        self.command("Network.setCookie", cookie).await;
    }

    /// From now on no page's script runs.
    pub async fn without_scripts(&self) {
        self.command(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": true }),
        )
        .await;
    }

    async fn command(&self, name: &'static str, parameters: serde_json::Value) -> Value {
        let body = json!({ "cmd": name, "params": parameters });
        self.client.issue_cmd(DevTools(body)).await.unwrap()
    }

    /// What the console complained of since it was last asked.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.log("browser").await;
        entries.iter().map(ToString::to_string).collect()
    }

    /// The addresses that were fetched since it was last asked.
    pub async fn requests(&self) -> Vec<String> {
        let asked = |entry: &Value| {
            let event: Value = serde_json::from_str(entry["message"].as_str()?).unwrap();
            let event = &event["message"];
            let url = event["params"]["request"]["url"].as_str()?;
            (event["method"] == "Network.requestWillBeSent").then(|| url.to_owned())
        };
        self.log("performance")
            .await
            .iter()
            .filter_map(asked)
            .collect()
    }

    async fn log(&self, kind: &'static str) -> Vec<Value> {
        let log = self.client.issue_cmd(Log(kind)).await.unwrap();
        log.as_array().unwrap().clone()
    }

    pub async fn close(self) {
        self.client.clone().close().await.unwrap();
    }
}

/// How long a page is waited for on a busy machine, and between two looks at it.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(50);

/// What is said of an element that is not there yet, or is there no more.
fn is_between_pages(error: &CmdError) -> bool {
    use ErrorStatus::{NoSuchElement, StaleElementReference};
    matches!(error, CmdError::Standard(said) if matches!(said.error, NoSuchElement | StaleElementReference))
}

/// One command of Chromium's own protocol.
#[derive(Debug)]
struct DevTools(serde_json::Value);

impl fantoccini::wd::WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}

/// What Chromium wrote down of one kind: `browser` is its console, `performance` its requests.
#[derive(Debug)]
struct Log(&'static str);

impl fantoccini::wd::WebDriverCompatibleCommand for Log {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/se/log"))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (
            http::Method::POST,
            Some(json!({ "type": self.0 }).to_string()),
        )
    }
}

/// The port that the driver chose and says it chose.
fn port_of(driver: &mut Child) -> u16 {
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    lines
        .map_while(Result::ok)
        .find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        })
        .unwrap()
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
