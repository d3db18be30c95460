//! What the tests of all panes do.

use serde_json::json;

use crate::{
    server::{PASSWORD, Server},
    webdriver::{Browser, ENTER},
};

/// Logs in, and waits until the page is live.
pub async fn log_in(browser: &Browser<'_>, server: &Server, email: &str) {
    browser.open(&server.url).await;
    browser.write("#email", email).await;
    browser.write("#password", &format!("{PASSWORD}{ENTER}")).await;
    browser.until("document.querySelector('#connection')?.dataset.state === 'live'").await;
}

/// Waits until what the selector finds says this.
pub async fn until_text(browser: &Browser<'_>, selector: &str, text: &str) {
    let (selector, text) = (json!(selector), json!(text));
    let said = format!("document.querySelector({selector})?.textContent.includes({text})");
    browser.until(&said).await;
}

/// Presses a key together with Shift, where the focus is.
pub async fn press(browser: &Browser<'_>, key: &str) {
    let script = format!(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', \
         {{ key: '{key}', shiftKey: true, bubbles: true, cancelable: true }}))"
    );
    browser.run(&script).await;
}
