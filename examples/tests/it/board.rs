//! The board of a project, in two windows.

use reqwest::Method;
use serde_json::json;

use crate::{
    pane::{log_in, press, until_text},
    server::{ANNA, Account, Server, TOM},
    webdriver::{Browser, Driver},
};

/// An expression for the column that a task is shown in.
fn column(task: &str) -> String {
    format!("document.querySelector('[data-task={task}]')?.closest('.lane').dataset.status")
}

/// An expression for the number above a column.
fn count(status: &str) -> String {
    format!("Number(document.querySelector('[data-status={status}] .count').textContent)")
}

async fn open_board(browser: &Browser<'_>, server: &Server, email: &str) {
    log_in(browser, server, email).await;
    browser.run("location.hash = '#/projects'").await;
    browser.click("[data-project=SEAVIEW]").await;
    browser.until("document.querySelector('.card-task')").await;
}

/// Drags a task's card to a column and lets it go there.
async fn drag(browser: &Browser<'_>, task: &str, status: &str) {
    let script = format!(
        "const card = document.querySelector('[data-task={task}]');
         const lane = document.querySelector('[data-status={status}]');
         const dataTransfer = new DataTransfer();
         const tell = (element, name) => element.dispatchEvent(
           new DragEvent(name, {{ bubbles: true, cancelable: true, dataTransfer }}));
         tell(card, 'dragstart');
         tell(lane, 'dragover');
         tell(lane, 'drop');
         tell(card, 'dragend');"
    );
    browser.run(&script).await;
}

/// The task of this code as the server has it.
async fn task(account: &Account, code: &str) -> serde_json::Value {
    let projects = account.get("/api/projects").await;
    let items = projects["items"].as_array().unwrap();
    let project = items.iter().find(|project| project["code"] == "SEAVIEW").unwrap();
    let id = project["id"].as_str().unwrap();
    let tasks = account.get(&format!("/api/projects/{id}/tasks?limit=500")).await;
    let tasks = tasks["items"].as_array().unwrap();
    tasks.iter().find(|task| task["code"] == code).unwrap().clone()
}

#[tokio::test]
async fn proj_1_a_card_that_one_moves_moves_in_the_others_window() {
    let server = Server::start(None);
    let driver = Driver::start().await;
    let (anna, tom) = (driver.browser().await, driver.browser().await);
    open_board(&anna, &server, ANNA).await;
    open_board(&tom, &server, TOM).await;
    tom.until(&format!("{} === 'in_progress'", column("SEA-004"))).await;
    let before = tom.run(&format!("return {}", count("in_review"))).await.as_i64().unwrap();

    drag(&anna, "SEA-004", "in_review").await;
    tom.until(&format!("{} === 'in_review'", column("SEA-004"))).await;
    tom.until(&format!("{} === {}", count("in_review"), before + 1)).await;

    // By keys: the card goes on and keeps the focus.
    tom.run("document.querySelector('[data-task=SEA-004]').focus()").await;
    press(&tom, "ArrowRight").await;
    anna.until(&format!("{} === 'done'", column("SEA-004"))).await;
    tom.until("document.activeElement.dataset.task === 'SEA-004'").await;
    anna.until(&format!("{} === {before}", count("in_review"))).await;
    let account = server.login(ANNA).await;
    assert_eq!(task(&account, "SEA-004").await["status"], "done");

    // What one makes is there for the other.
    anna.click(".board-head .primary").await;
    anna.write("dialog input", "<b>Label</b> the meter\u{e007}").await;
    let made = "[...document.querySelectorAll('.card-task .title')]\
                .some((title) => title.textContent === '<b>Label</b> the meter')";
    tom.until(made).await;
}

#[tokio::test]
async fn proj_2_a_refused_card_goes_back_and_says_why() {
    let server = Server::start(None);
    let driver = Driver::start().await;
    let anna = driver.browser().await;
    open_board(&anna, &server, ANNA).await;

    drag(&anna, "SEA-005", "done").await;
    let refusal = "[data-task=SEA-005] .refusal";
    until_text(&anna, refusal, "it waits for SEA-003 “Statics of the roof, signed”").await;
    anna.until(&format!("{} === 'todo'", column("SEA-005"))).await;
    let account = server.login(TOM).await;
    assert_eq!(task(&account, "SEA-005").await["status"], "todo");

    drag(&anna, "SEA-014", "in_review").await;
    until_text(&anna, "[data-task=SEA-014] .refusal", "cannot go from Backlog to In review").await;
    anna.until(&format!("{} === 'backlog'", column("SEA-014"))).await;
}

#[tokio::test]
async fn x_5_a_card_that_another_moved_first_is_loaded_anew() {
    let server = Server::start(None);
    let driver = Driver::start().await;
    let anna = driver.browser().await;
    open_board(&anna, &server, ANNA).await;
    // Her move waits on its way until his has been made.
    anna.run(
        "const real = window.fetch;
         window.fetch = async (url, options) => {
           if (String(url).endsWith('/status')) await new Promise((go) => { window.go = go; });
           return real(url, options);
         };",
    )
    .await;
    drag(&anna, "SEA-011", "in_progress").await;
    anna.until("window.go").await;
    anna.until(&format!("{} === 'in_progress'", column("SEA-011"))).await;

    let tom = server.login(TOM).await;
    let before = task(&tom, "SEA-011").await;
    let path = format!("/api/tasks/{}/status", before["id"].as_str().unwrap());
    let body = json!({ "expected": before["version"], "status": "cancelled" });
    let answer = tom.request(Method::POST, &path).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);

    anna.run("window.go()").await;
    let refusal = "[data-task=SEA-011] .refusal";
    until_text(&anna, refusal, "Someone else changed SEA-011 in the meantime").await;
    anna.until(&format!("{} === 'cancelled'", column("SEA-011"))).await;
}

#[tokio::test]
async fn rts_2_a_board_that_missed_a_move_shows_it_after_the_server_came_back() {
    let database =
        erp_conformance::pg_cluster::PgCluster::shared().unwrap().fresh_database().unwrap();
    let mut server = Server::start(Some(&database));
    let driver = Driver::start().await;
    let anna = driver.browser().await;
    open_board(&anna, &server, ANNA).await;
    server.kill();
    anna.until("!document.querySelector('#connection-bar').hidden").await;

    let second = Server::start(Some(&database));
    let tom = second.login(TOM).await;
    let before = task(&tom, "SEA-013").await;
    let path = format!("/api/tasks/{}/status", before["id"].as_str().unwrap());
    let body = json!({ "expected": before["version"], "status": "in_progress" });
    let answer = tom.request(Method::POST, &path).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);

    server.start_again();
    anna.until(&format!("{} === 'in_progress'", column("SEA-013"))).await;
}

#[tokio::test]
async fn proj_14_a_guest_sees_no_project_and_no_stock() {
    let server = Server::start(None);
    let driver = Driver::start().await;
    let karin = driver.browser().await;
    log_in(&karin, &server, "karin@brightwater.example").await;
    karin.run("location.hash = '#/projects'").await;
    karin.until("document.querySelector('.page .empty:not([hidden])')").await;
    karin.until("document.querySelectorAll('.project').length === 0").await;
    karin.until("document.querySelector('[data-pane=stock]') === null").await;
    // The address of a project that is not his tells nothing.
    let account = server.login(ANNA).await;
    let foreign = task(&account, "SEA-001").await["project"].as_str().unwrap().to_owned();
    karin.run(&format!("location.hash = '#/projects/{foreign}'")).await;
    until_text(&karin, ".board", "This project is not here").await;
}
