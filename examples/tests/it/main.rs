//! The example server as people meet it: in a browser, on the command line, on both stores.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod board;
mod browser;
mod hostile;
mod import;
mod import_stock;
mod import_tasks;
mod live;
mod pane;
mod process;
mod server;
mod stock;
mod webdriver;
