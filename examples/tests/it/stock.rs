//! The stock table, in two windows.

use crate::{
    pane::{log_in, until_text},
    server::{ANNA, Server, TOM},
    webdriver::{Browser, Driver, ENTER},
};

/// An expression for a number of the table.
fn cell(sku: &str, place: &str, name: &str) -> String {
    format!(
        "document.querySelector('tr[data-item={sku}][data-place={place}] [data-label=\"{name}\"]')\
         ?.dataset.value"
    )
}

/// An expression for how many notices there are that begin with this name.
fn notices(name: &str) -> String {
    format!(
        "[...document.querySelectorAll('.alert strong')]\
         .filter((strong) => strong.textContent === '{name}').length"
    )
}

async fn open_stock(browser: &Browser<'_>, server: &Server, email: &str) {
    log_in(browser, server, email).await;
    browser.run("location.hash = '#/stock'").await;
    browser.until("document.querySelector('.levels tbody tr')").await;
}

/// Fills in a form and sends it.
async fn send(browser: &Browser<'_>, kind: &str, sku: &str, quantity: &str) {
    browser.click(&format!(".actions .{kind}")).await;
    browser.write("dialog input[list]", sku).await;
    browser.write("dialog input[inputmode=decimal]", &format!("{quantity}{ENTER}")).await;
}

async fn until_closed(browser: &Browser<'_>) {
    browser.until("document.querySelector('dialog') === null").await;
}

#[tokio::test]
async fn inv_13_what_one_issues_the_other_sees_with_its_notice_until_it_is_acknowledged() {
    let server = Server::start(None);
    let driver = Driver::start().await;
    let (anna, tom) = (driver.browser().await, driver.browser().await);
    open_stock(&anna, &server, ANNA).await;
    open_stock(&tom, &server, TOM).await;
    let available = cell("WB-11", "MAIN", "Available");
    tom.until(&format!("{available} === '7'")).await;
    tom.until(&format!("{} === 0", notices("Wall charger 11 kW"))).await;

    send(&anna, "issue", "WB-11", "4").await;
    until_closed(&anna).await;
    for browser in [&anna, &tom] {
        browser.until(&format!("{available} === '3'")).await;
        browser.until(&format!("{} === '5'", cell("WB-11", "MAIN", "On hand"))).await;
        browser.until(&format!("{} === 1", notices("Wall charger 11 kW"))).await;
    }
    // The badge tells of it in every pane.
    tom.run("location.hash = '#/people'").await;
    tom.until("document.querySelector('[data-pane=stock] .badge')?.textContent === '3'").await;
    tom.run("location.hash = '#/stock'").await;

    tom.click("[aria-label='Acknowledge: Wall charger 11 kW']").await;
    for browser in [&anna, &tom] {
        browser.until(&format!("{} === 0", notices("Wall charger 11 kW"))).await;
    }
    // Seen by all: a new window does not show it either.
    let sofia = driver.browser().await;
    open_stock(&sofia, &server, "sofia@brightwater.example").await;
    sofia.until("document.querySelectorAll('.alert').length === 2").await;
    sofia.until(&format!("{available} === '3'")).await;
}

#[tokio::test]
async fn inv_1_more_than_is_available_is_refused_with_what_is() {
    let server = Server::start(None);
    let driver = Driver::start().await;
    let anna = driver.browser().await;
    open_stock(&anna, &server, ANNA).await;
    for kind in ["issue", "reserve", "transfer"] {
        send(&anna, kind, "WB-11", "8").await;
        let reason =
            "There is not enough of Wall charger 11 kW in Main warehouse: 7 pcs available.";
        until_text(&anna, "dialog .error", reason).await;
        anna.click("dialog header button").await;
        until_closed(&anna).await;
    }
    send(&anna, "issue", "WB-11", "2.5").await;
    until_text(&anna, "dialog .error", "does not fit the item's unit").await;
    anna.click("dialog header button").await;
    until_closed(&anna).await;
    anna.until(&format!("{} === '9'", cell("WB-11", "MAIN", "On hand"))).await;
}

#[tokio::test]
async fn inv_4_what_goes_to_another_warehouse_changes_two_rows_in_both_windows() {
    let server = Server::start(None);
    let driver = Driver::start().await;
    let (anna, tom) = (driver.browser().await, driver.browser().await);
    open_stock(&anna, &server, ANNA).await;
    open_stock(&tom, &server, TOM).await;
    send(&anna, "transfer", "RAIL-40", "12.5").await;
    send_reservation_and_receipt(&tom).await;
    for browser in [&anna, &tom] {
        for (sku, place, name, value) in [
            ("RAIL-40", "MAIN", "On hand", "297.5"),
            ("RAIL-40", "NORTH", "On hand", "112.5"),
            ("RAIL-40", "NORTH", "Value", "461.25"),
            ("INV-10", "MAIN", "Reserved", "3"),
            ("INV-10", "MAIN", "Available", "3"),
            ("VESSEL-25", "MAIN", "On hand", "15"),
        ] {
            browser.until(&format!("{} === '{value}'", cell(sku, place, name))).await;
        }
    }
}

async fn send_reservation_and_receipt(browser: &Browser<'_>) {
    send(browser, "reserve", "INV-10", "1").await;
    until_closed(browser).await;
    send(browser, "receipt", "VESSEL-25", "10").await;
    until_closed(browser).await;
}
