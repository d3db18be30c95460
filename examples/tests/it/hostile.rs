//! Messages that want to be more than text.

use serde_json::{Value, json};

use crate::{
    server::{ANNA, PASSWORD, Server},
    webdriver::{Driver, ENTER},
};

/// Each sets `window.hacked` if it is run in any way.
const HOSTILE: &[&str] = &[
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "<svg onload='window.hacked = 1'><script>window.hacked = 1</script></svg>",
    "<svg><animate onbegin='window.hacked = 1' attributeName=x dur=1s></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=window.hacked=1&gt;'>",
    "<iframe srcdoc='<script>parent.hacked = 1</script>'></iframe>",
    "<object data='javascript:window.hacked = 1'></object><embed src='javascript:window.hacked = 1'>",
    "<a href='javascript:window.hacked = 1'>link</a>",
    "<a href=' \u{1}javascript:window.hacked = 1'>link</a>",
    "<a href='data:text/html,<script>opener.hacked = 1</script>'>link</a>",
    "<a href='https://example.org' onclick='window.hacked = 1' style='position:fixed;inset:0'>link</a>",
    "<form action='javascript:window.hacked = 1'><button>Log in</button></form>",
    "<details open ontoggle='window.hacked = 1'><summary>more</summary></details>",
    "<input autofocus onfocus='window.hacked = 1'>",
    "<body onload='window.hacked = 1'><p id=app class=shell>clobber</p>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<base href='https://example.org/'><link rel=stylesheet href='https://example.org/x.css'>",
    "<style>@import 'https://example.org/x.css'; * { display: none }</style>",
    "<template><img src=x onerror='window.hacked = 1'></template>",
    "<noscript><p title='</noscript><img src=x onerror=window.hacked=1>'>",
    "<textarea></textarea><img src=x onerror='window.hacked = 1'>",
    "<p><b>unclosed <i>crossed</b> tags</i> &lt;script&gt;window.hacked = 1&lt;/script&gt;",
];

/// What the bodies may hold, and every attribute that they have.
const INSPECT: &str = "
    const elements = [...document.querySelectorAll('.message .body *')];
    return {
      hacked: window.hacked ?? null,
      names: [...new Set(elements.map((element) => element.localName))].sort(),
      attributes: [...new Set(elements.flatMap((element) =>
        [...element.attributes].map(({ name, value }) => `${element.localName} ${name}=${value}`)))].sort(),
    };";

#[tokio::test]
async fn chat_the_page_shows_hostile_messages_and_runs_none_of_them() {
    let server = Server::start(None);
    let account = server.login(ANNA).await;
    let room = account.room("ideas").await;
    let deep = format!("{}deep{}", "<div><b>".repeat(3_000), "</b></div>".repeat(3_000));
    for body in HOSTILE.iter().copied().chain([deep.as_str()]) {
        account.post(&room, "html", body).await;
        account.post(&room, "text", body).await;
    }
    account.post(&room, "text", "The end").await;

    let driver = Driver::start().await;
    let browser = driver.browser().await;
    browser.open(&format!("{}/#/chat/{room}", server.url)).await;
    browser.write("#email", ANNA).await;
    browser.write("#password", &format!("{PASSWORD}{ENTER}")).await;
    browser.until("document.querySelector('.message-list')?.innerText.includes('The end')").await;
    // Older pages are loaded as one scrolls up.
    browser.run("document.querySelector('.messages').scrollTop = 0").await;
    browser.until("document.querySelector('.message-list').innerText.includes('onerror')").await;
    // What a person would do with a link or a button.
    browser
        .run(
            "document.querySelectorAll('.message .body :is(a, b, i, p)').forEach((e) => e.focus())",
        )
        .await;

    let found = browser.run(INSPECT).await;
    assert_eq!(found["hacked"], Value::Null);
    let names: Vec<&str> =
        found["names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let allowed = ["a", "b", "br", "i", "li", "p", "table", "tbody", "small"];
    assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
    let allowed = json!([
        "a href=https://example.org/",
        "a rel=noopener noreferrer nofollow",
        "a target=_blank",
    ]);
    let extra: Vec<&Value> = found["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|attribute| !allowed.as_array().unwrap().contains(attribute))
        .filter(|attribute| !attribute.as_str().unwrap().starts_with("a href=https://example.org"))
        .collect();
    assert!(extra.is_empty(), "{extra:?}");
    // The page is still there, and still this one.
    browser
        .until(
            "document.querySelectorAll('#app').length === 1 && document.querySelector('#composer')",
        )
        .await;
    let reply = browser.run("return location.origin").await;
    assert_eq!(reply, server.url);
}

/// A letter under a pile of marks, which reaches far over its line.
fn pile() -> String {
    format!("Z{}", "\u{0351}".repeat(180))
}

#[tokio::test]
async fn chat_marks_stay_in_their_box_and_names_turn_nothing_around_them() {
    let server = Server::start(None);
    let account = server.login(ANNA).await;
    let room = account.room("ideas").await;
    account.post(&room, "text", "above").await;
    account.post(&room, "text", &pile()).await;
    let driver = Driver::start().await;
    let browser = driver.browser().await;
    browser.open(&format!("{}/#/chat/{room}", server.url)).await;
    browser.write("#email", ANNA).await;
    browser.write("#password", &format!("{PASSWORD}{ENTER}")).await;
    browser.until("document.querySelector('.message-list')?.innerText.includes('Z\u{0351}')").await;
    let found = browser
        .run(
            "const bodies = [...document.querySelectorAll('.message .body')];
             const clipped = (element) => getComputedStyle(element).overflowY === 'clip';
             const last = bodies.at(-1);
             return {
               clipped: bodies.every(clipped),
               low: last.getBoundingClientRect().height < 80,
               names: [...document.querySelectorAll('.message header strong')]
                 .every((name) => clipped(name) && name.firstElementChild?.localName === 'bdi'),
               rooms: [...document.querySelectorAll('.room-item strong, .room-head h1')]
                 .every((name) => name.firstElementChild?.localName === 'bdi'),
             };",
        )
        .await;
    assert_eq!(found, json!({ "clipped": true, "low": true, "names": true, "rooms": true }));
}

#[tokio::test]
async fn the_page_comes_with_a_policy_that_allows_no_inline_script() {
    let server = Server::start(None);
    let page = reqwest::get(&server.url).await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    for part in
        ["default-src 'none'", "script-src 'self' 'sha256-", "require-trusted-types-for 'script'"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(!html.contains("onclick") && !html.contains("<style"), "{html}");
}
