//! The page: files that are part of the program, served with a strict content security policy.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::demo::Account;

/// Only the page's own files, no inline script or style, and no text that becomes HTML but in the
/// one place that names the policy `message-html`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types message-html";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

struct Asset {
    path: &'static str,
    kind: &'static str,
    body: &'static str,
}

macro_rules! assets {
    ($($path:literal $kind:ident;)*) => {
        &[$(Asset { path: $path, kind: $kind, body: include_str!(concat!("page", $path)) }),*]
    };
}

const ASSETS: &[Asset] = assets! {
    "/index.html" HTML;
    "/icon.svg" SVG;
    "/css/base.css" CSS;
    "/css/layout.css" CSS;
    "/css/controls.css" CSS;
    "/css/chat.css" CSS;
    "/css/projects.css" CSS;
    "/css/stock.css" CSS;
    "/js/api.js" JS;
    "/js/app.js" JS;
    "/js/decimal.js" JS;
    "/js/dom.js" JS;
    "/js/format.js" JS;
    "/js/icons.js" JS;
    "/js/rich.js" JS;
    "/js/session.js" JS;
    "/js/chat/events.js" JS;
    "/js/chat/names.js" JS;
    "/js/chat/outbox.js" JS;
    "/js/chat/reading.js" JS;
    "/js/chat/state.js" JS;
    "/js/chat/sync.js" JS;
    "/js/chat/timeline.js" JS;
    "/js/chat/views/composer.js" JS;
    "/js/chat/views/dialogs.js" JS;
    "/js/chat/views/editor.js" JS;
    "/js/chat/views/list.js" JS;
    "/js/chat/views/members.js" JS;
    "/js/chat/views/messages.js" JS;
    "/js/chat/views/pane.js" JS;
    "/js/chat/views/picker.js" JS;
    "/js/chat/views/room.js" JS;
    "/js/chat/views/rows.js" JS;
    "/js/inventory/api.js" JS;
    "/js/inventory/masters.js" JS;
    "/js/inventory/pane.js" JS;
    "/js/inventory/reasons.js" JS;
    "/js/inventory/stock.js" JS;
    "/js/inventory/views/alerts.js" JS;
    "/js/inventory/views/forms.js" JS;
    "/js/inventory/views/reservations.js" JS;
    "/js/inventory/views/table.js" JS;
    "/js/live/connection.js" JS;
    "/js/live/feed.js" JS;
    "/js/live/sse.js" JS;
    "/js/live/websocket.js" JS;
    "/js/people/pane.js" JS;
    "/js/projects/api.js" JS;
    "/js/projects/board.js" JS;
    "/js/projects/columns.js" JS;
    "/js/projects/moves.js" JS;
    "/js/projects/pane.js" JS;
    "/js/projects/projects.js" JS;
    "/js/projects/views/board.js" JS;
    "/js/projects/views/card.js" JS;
    "/js/projects/views/list.js" JS;
    "/js/projects/views/new_task.js" JS;
    "/js/projects/views/task.js" JS;
    "/js/shell/avatar.js" JS;
    "/js/shell/connection.js" JS;
    "/js/shell/dialog.js" JS;
    "/js/shell/form.js" JS;
    "/js/shell/login.js" JS;
    "/js/shell/menu.js" JS;
    "/js/shell/shell.js" JS;
    "/js/shell/toast.js" JS;
    "/js/shell/unreachable.js" JS;
};

/// The accounts of the demo data, for the log-in form to offer.
#[derive(Serialize)]
struct Demo {
    accounts: Vec<Account>,
}

/// The routes of the page.
pub fn routes(accounts: Vec<Account>) -> Router {
    let mut routes = Router::new();
    for asset in ASSETS {
        let etag = etag(asset.body);
        let answer = get(async move |headers: HeaderMap| file(asset, &etag, &headers));
        routes = match asset.path {
            "/index.html" => routes.route("/", answer),
            path => routes.route(path, answer),
        };
    }
    let demo = Router::new()
        .route("/demo.json", get(async |State(demo): State<Arc<Demo>>| Json(demo).into_response()))
        .with_state(Arc::new(Demo { accounts }));
    routes.merge(demo).layer(map_response(secured))
}

/// A file, or that the browser's copy of it is still right.
fn file(asset: &'static Asset, etag: &str, headers: &HeaderMap) -> Response {
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag);
    let common = [(header::ETAG, etag), (header::CACHE_CONTROL, "no-cache")];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, asset.kind)], asset.body).into_response()
}

fn etag(body: &str) -> String {
    let digest = Sha256::digest(body);
    let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

async fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    response
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::ASSETS;

    fn files(dir: &Path, root: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, root, found);
            } else {
                found.insert(format!("/{}", path.strip_prefix(root).unwrap().display()));
            }
        }
    }

    #[test]
    fn every_file_of_the_page_is_served() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("server/page");
        let mut found = BTreeSet::new();
        files(&root, &root, &mut found);
        let served: BTreeSet<_> = ASSETS.iter().map(|asset| asset.path.to_owned()).collect();
        assert_eq!(served, found);
    }
}
