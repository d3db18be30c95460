//! The page's live connection, and how the page comes by its files.

use serde_json::json;

use crate::{server::Server, webdriver::Driver};

/// A connection of the page's own code to a server that says, to those who go on from `e1-5`, what
/// cannot be read, each time again.
const ODD_SERVER: &str = r#"
    window.asked = [];
    window.taken = [];
    let position = "e1-5";
    window.WebSocket = class {
      send(first) {
        const { resume } = JSON.parse(first);
        asked.push(resume);
        const hello = { frame: "hello", position: resume ?? "e1-9", recovered: String(resume !== null), heartbeat_s: 60 };
        const say = (data) => this.onmessage({ data });
        say(JSON.stringify(hello));
        if (resume !== null) ODD.forEach(say);
        else say(JSON.stringify({ frame: "event", position: "e1-10", type: "later.thing" }));
      }
      constructor() { setTimeout(() => this.onopen()); }
      close() {}
    };
    return import("/js/live/connection.js").then(({ Connection }) => {
      new Connection({
        resume: () => position,
        onFrame: (frame) => {
          if (frame.type === "throws") throw new Error("it cannot be applied");
          taken.push(frame.position);
          position = frame.position;
        },
        onUnreadable: () => { position = null; },
        onState: () => {},
        onUnauthenticated: () => {},
      }).start();
      return true;
    });
"#;

#[tokio::test]
async fn rts_14_a_frame_that_the_page_cannot_read_ends_in_a_reload() {
    let server = Server::start(None);
    let driver = Driver::start().await;
    let browser = driver.browser().await;
    let after = json!({ "frame": "event", "position": "e1-8", "type": "after" }).to_string();
    for odd in ["no JSON", "null", r#"{"frame": "event", "position": "e1-6", "type": "throws"}"#] {
        browser.open(&server.url).await;
        let script = ODD_SERVER.replace("ODD", &json!([odd, after]).to_string());
        assert_eq!(browser.run(&script).await, true);
        browser.until("taken.includes('e1-10')").await;
        let seen = browser.run("return [asked, taken]").await;
        // What came after it on the same connection is not taken in either: it would hide the hole.
        assert_eq!(seen, json!([["e1-5", null], ["e1-5", "e1-9", "e1-10"]]), "{odd}");
    }
}

#[tokio::test]
async fn a_browser_keeps_the_pages_files_for_ever_and_asks_for_the_index() {
    let server = Server::start(None);
    let index = reqwest::get(&server.url).await.unwrap();
    assert_eq!(index.headers()["cache-control"], "no-cache");
    let etag = index.headers()["etag"].clone();
    let text = index.text().await.unwrap();
    let again = reqwest::Client::new().get(&server.url).header("if-none-match", etag);
    assert_eq!(again.send().await.unwrap().status(), 304);
    let named = text.split('"').filter(|name| name.starts_with('/') && name.contains('.'));
    let (mut kept, mut gone) = (0, 0);
    for name in named {
        let answer = reqwest::get(format!("{}{name}", server.url)).await.unwrap();
        // The import map names modules as they lie, too.
        if answer.status() == 404 {
            gone += 1;
            continue;
        }
        assert_eq!(answer.status(), 200, "{name}");
        let keeping = answer.headers()["cache-control"].to_str().unwrap();
        assert!(keeping.contains("immutable"), "{name}: {keeping}");
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "same-origin");
        kept += 1;
    }
    assert!(kept > gone && gone > 40, "{kept} {gone}");
}
