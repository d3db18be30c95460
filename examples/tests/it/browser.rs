//! Two people, each with a browser.

use std::collections::BTreeSet;

use erp_conformance::pg_cluster::PgCluster;
use serde_json::json;

use crate::{
    server::{ANNA, PASSWORD, Server, TOM},
    webdriver::{Browser, Driver, ENTER},
};

const LIVE: &str = "document.querySelector('#connection')?.dataset.state === 'live'";

async fn log_in(browser: &Browser<'_>, server: &Server, email: &str) {
    browser.open(&server.url).await;
    fill_in(browser, email).await;
}

/// Fills in the log-in form, and waits until the rooms are there.
async fn fill_in(browser: &Browser<'_>, email: &str) {
    browser.write("#email", email).await;
    browser.write("#password", &format!("{PASSWORD}{ENTER}")).await;
    browser.until(LIVE).await;
    browser.until("document.querySelector('.room-item .preview')?.textContent").await;
}

async fn enter(browser: &Browser<'_>, room: &str) {
    browser.click(&format!(".room-item[data-room={room}]")).await;
    browser.until(&format!("document.querySelector('.room').dataset.room === '{room}'")).await;
}

async fn say(browser: &Browser<'_>, text: &str) {
    browser.write("#composer", &format!("{text}{ENTER}")).await;
}

/// Waits until a message of this text is shown as sent.
async fn until_shown(browser: &Browser<'_>, text: &str) {
    let shown = format!(
        "[...document.querySelectorAll('.message:not(.pending) .body')]\
         .some((body) => body.textContent === {})",
        json!(text)
    );
    browser.until(&shown).await;
}

/// The texts of all messages that the page shows, in order.
async fn shown(browser: &Browser<'_>) -> Vec<String> {
    let script = "return [...document.querySelectorAll('.message .body')]\
                  .map((body) => body.textContent)";
    serde_json::from_value(browser.run(script).await).unwrap()
}

/// An expression for the unread number that a room's entry in the list shows.
fn badge(room: &str) -> String {
    format!(
        "Number(document.querySelector('.room-item[data-room={room}] .badge')?.textContent ?? 0)"
    )
}

/// An expression for the unread number in the window's title.
const TITLE: &str = "Number(document.title.match(/^\\((\\d+)\\)/)?.[1] ?? 0)";

async fn number(browser: &Browser<'_>, expression: &str) -> i64 {
    browser.run(&format!("return {expression}")).await.as_i64().unwrap()
}

#[tokio::test]
async fn chat_1_what_one_writes_the_other_sees_at_once_and_his_badge_rises_until_he_reads() {
    let server = Server::start(None);
    let room = server.login(ANNA).await.room("warehouse").await;
    let driver = Driver::start().await;
    let (anna, tom) = (driver.browser().await, driver.browser().await);
    log_in(&anna, &server, ANNA).await;
    log_in(&tom, &server, TOM).await;

    // Each sees that the other one is online.
    anna.run("location.hash = '#/people'").await;
    anna.until("document.querySelector('#online-count')?.textContent === '2 online'").await;
    anna.run("location.hash = '#/chat'").await;

    let (before, title) = (number(&tom, &badge(&room)).await, number(&tom, TITLE).await);
    enter(&anna, &room).await;
    say(&anna, "Is the stair lift back?").await;
    until_shown(&anna, "Is the stair lift back?").await;
    tom.until(&format!("{} === {}", badge(&room), before + 1)).await;
    tom.until(&format!("{TITLE} === {}", title + 1)).await;

    enter(&tom, &room).await;
    until_shown(&tom, "Is the stair lift back?").await;
    tom.until(&format!("{} === 0", badge(&room))).await;
    tom.until(&format!("{TITLE} === {}", title - before)).await;

    // Both are in the room now.
    say(&tom, "Almost. It is in van 3.").await;
    until_shown(&anna, "Almost. It is in van 3.").await;
    assert_eq!(shown(&anna).await, shown(&tom).await);
    anna.until(&format!("{} === 0", badge(&room))).await;
}

#[tokio::test]
async fn rts_2_after_the_server_was_killed_nothing_is_lost_and_nothing_doubled() {
    let database = PgCluster::shared().unwrap().fresh_database().unwrap();
    let mut server = Server::start(Some(&database));
    let driver = Driver::start().await;
    let (anna, tom) = (driver.browser().await, driver.browser().await);
    let room = server.login(ANNA).await.room("warehouse").await;
    for (browser, email) in [(&anna, ANNA), (&tom, TOM)] {
        log_in(browser, &server, email).await;
        enter(browser, &room).await;
    }
    say(&anna, "Before").await;
    until_shown(&tom, "Before").await;

    server.kill();
    for browser in [&anna, &tom] {
        browser.until("!document.querySelector('#connection-bar').hidden").await;
        browser
            .until("document.querySelector('#connection-bar').innerText.includes('Next attempt')")
            .await;
    }
    // One writes while the server is away; others write through another server.
    say(&anna, "Written while it was away").await;
    anna.until("document.querySelector('.message.pending')").await;
    let second = Server::start(Some(&database));
    let account = second.login(TOM).await;
    for number in 0..5 {
        account.post(&room, "text", &format!("Through the second server, {number}")).await;
    }

    server.start_again();
    for browser in [&anna, &tom] {
        browser.until(LIVE).await;
        browser.until("document.querySelector('#connection-bar').hidden").await;
        until_shown(browser, "Written while it was away").await;
        until_shown(browser, "Through the second server, 4").await;
    }
    say(&tom, "After").await;
    for browser in [&anna, &tom] {
        until_shown(browser, "After").await;
    }
    let kept = account.bodies(&room).await;
    assert_eq!(kept.iter().collect::<BTreeSet<_>>().len(), kept.len(), "one is written twice");
    for browser in [&anna, &tom] {
        assert_eq!(shown(browser).await, kept);
    }
}

#[tokio::test]
async fn rts_2_what_is_written_while_the_page_loads_counts_once() {
    let server = Server::start(None);
    let (anna, tom) = (server.login(ANNA).await, server.login(TOM).await);
    let room = anna.room("warehouse").await;
    let driver = Driver::start().await;
    let browser = driver.browser().await;
    log_in(&browser, &server, TOM).await;

    let (stop, stopped) = tokio::sync::oneshot::channel();
    let writer = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(30));
        let mut written = 0;
        let mut stopped = std::pin::pin!(stopped);
        loop {
            tokio::select! {
                _ = &mut stopped => return (anna, written),
                _ = ticks.tick() => {}
            }
            anna.post(&room, "text", "and one more").await;
            written += 1;
        }
    });
    for _ in 0..4 {
        // Gone with the old page, so what is seen afterwards is the new one's.
        browser
            .run("document.querySelector('#connection').dataset.state = ''; location.reload()")
            .await;
        browser.until(LIVE).await;
        browser.until("document.querySelector('.room-item .badge')").await;
    }
    stop.send(()).unwrap();
    let (_, written) = writer.await.unwrap();
    assert!(written > 0);
    let total = tom.get("/api/chat/unread").await["total"].as_i64().unwrap();
    browser.until(&format!("{TITLE} === {total}")).await;
    // Nothing is on its way that would change it again.
    browser.run("location.hash = '#/people'").await;
    browser.until("document.querySelector('.person')").await;
    assert_eq!(number(&browser, TITLE).await, total);
}

#[tokio::test]
async fn rts_3_after_a_store_in_memory_was_lost_one_logs_in_again() {
    let mut server = Server::start(None);
    let driver = Driver::start().await;
    let anna = driver.browser().await;
    log_in(&anna, &server, ANNA).await;

    server.kill();
    anna.until("!document.querySelector('#connection-bar').hidden").await;
    server.start_again();
    anna.until("document.querySelector('#email')").await;
    anna.until("document.body.innerText.includes('Your session has ended')").await;

    fill_in(&anna, ANNA).await;
    let room = server.login(ANNA).await.room("warehouse").await;
    enter(&anna, &room).await;
    say(&anna, "Back again").await;
    until_shown(&anna, "Back again").await;
}
