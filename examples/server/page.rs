//! The page: files that are part of the program, served with a strict content security policy.
//!
//! A browser keeps each for ever: its address has a hash of its content, which is made when the server
//! starts. Only the index is asked for again; it names the others, and its import map leads the modules'
//! imports, which are written as the files lie, to those addresses.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::demo::Account;

/// Only the page's own files, no inline script or style but the import map, and no text that becomes
/// HTML but in the one place that names the policy `message-html`.
fn policy(import_map: &str) -> String {
    let import_map = STANDARD.encode(Sha256::digest(import_map));
    format!(
        "default-src 'none'; script-src 'self' 'sha256-{import_map}'; style-src 'self'; \
         img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types message-html"
    )
}

const INDEX: &str = "/index.html";
/// Where the index takes the import map.
const MODULES: &str = "<script type=\"module\"";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The index may be kept, but is asked for each time whether it is still right.
const ASK_AGAIN: &str = "no-cache";
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

/// The page as it goes out.
struct Page {
    /// The files but the index, by their addresses.
    files: BTreeMap<String, File>,
    index: File,
    policy: HeaderValue,
}

struct File {
    kind: &'static str,
    body: String,
}

impl Page {
    fn new(assets: &[Asset]) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        // What others name goes first: pictures and style sheets, then modules, which name these.
        let mut named = BTreeMap::new();
        for modules in [false, true] {
            let of_it = |asset: &&Asset| asset.path != INDEX && (asset.kind == JS) == modules;
            let mut new = BTreeMap::new();
            for asset in assets.iter().filter(of_it) {
                let body = renamed(asset.body, &named);
                let address = address(asset.path, &body);
                new.insert(asset.path, address.clone());
                files.insert(address, File { kind: asset.kind, body });
            }
            named.extend(new);
        }
        let modules = named.iter().filter(|(path, _)| path.ends_with(".js"));
        let import_map = json!({ "imports": modules.collect::<BTreeMap<_, _>>() }).to_string();
        let index = assets.iter().find(|asset| asset.path == INDEX).context("no index")?;
        let script = format!("<script type=\"importmap\">{import_map}</script>\n    {MODULES}");
        let body = renamed(index.body, &named).replacen(MODULES, &script, 1);
        let policy = HeaderValue::try_from(policy(&import_map))?;
        Ok(Self { files, index: File { kind: HTML, body }, policy })
    }
}

/// A text with these files under their addresses, wherever it names one in quotes.
fn renamed(text: &str, named: &BTreeMap<&str, String>) -> String {
    named.iter().fold(text.to_owned(), |text, (path, address)| {
        text.replace(&format!("\"{path}\""), &format!("\"{address}\""))
    })
}

/// `/js/app.js` becomes `/js/app.0123456789ab.js`.
fn address(path: &str, body: &str) -> String {
    let (stem, kind) = path.rsplit_once('.').unwrap_or((path, ""));
    format!("{stem}.{}.{kind}", hash(body))
}

fn hash(body: &str) -> String {
    Sha256::digest(body).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The routes of the page.
pub fn routes(accounts: Vec<Account>) -> anyhow::Result<Router> {
    let Page { files, index, policy } = Page::new(ASSETS)?;
    let mut routes = Router::new();
    for (address, file) in files {
        let file = Arc::new(file);
        let answer = get(async move || {
            let headers = [(header::CACHE_CONTROL, FOR_EVER), (header::CONTENT_TYPE, file.kind)];
            (headers, file.body.clone()).into_response()
        });
        routes = routes.route(&address, answer);
    }
    let etag = format!("\"{}\"", hash(&index.body));
    let index = Arc::new(index);
    let answer = get(async move |headers: HeaderMap| front(&index, &etag, &headers));
    let demo = Router::new()
        .route("/demo.json", get(async |State(demo): State<Arc<Demo>>| Json(demo).into_response()))
        .with_state(Arc::new(Demo { accounts }));
    let secured = map_response(move |response| {
        let policy = policy.clone();
        async move { secured(response, policy) }
    });
    Ok(routes.route("/", answer).merge(demo).layer(secured))
}

/// The index, or that the browser's copy of it is still right.
fn front(index: &File, etag: &str, headers: &HeaderMap) -> Response {
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag);
    let common = [(header::ETAG, etag), (header::CACHE_CONTROL, ASK_AGAIN)];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, index.kind)], index.body.clone()).into_response()
}

fn secured(mut response: Response, policy: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
        headers.insert(name, HeaderValue::from_static("same-origin"));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::{ASSETS, Asset, HTML, JS, Page, SVG};

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

    /// The files that a text names, as `"/a/b.js"` or `from "../b.js"`, as they are addressed.
    fn named(text: &str, of: &str) -> Vec<String> {
        let base = Path::new(of).parent().unwrap();
        let files = text.split('"').filter(|name| {
            let path = name.starts_with('/') || name.starts_with("./") || name.starts_with("../");
            path && [".js", ".css", ".svg"].iter().any(|kind| name.ends_with(kind))
        });
        files
            .map(|name| {
                let mut parts: Vec<&str> = Vec::new();
                let path = base.join(name);
                for part in path.to_str().unwrap().split('/') {
                    match part {
                        "" | "." => {}
                        ".." => drop(parts.pop()),
                        part => parts.push(part),
                    }
                }
                format!("/{}", parts.join("/"))
            })
            .collect()
    }

    #[test]
    fn whatever_a_file_names_is_served_under_its_content() {
        let page = Page::new(ASSETS).unwrap();
        assert_eq!(page.files.len() + 1, ASSETS.len());
        let map = page.index.body.split("importmap\">").nth(1).unwrap();
        let map: serde_json::Value =
            serde_json::from_str(map.split("</script>").next().unwrap()).unwrap();
        let rest = page.index.body.replace(&map.to_string(), "");
        for name in named(&rest, "/index.html") {
            assert!(page.files.contains_key(&name), "the index names {name}");
        }
        let mut imports = 0;
        for (address, file) in page.files.iter().filter(|(_, file)| file.kind == JS) {
            for name in named(&file.body, address) {
                let known = map["imports"].get(&name).and_then(|it| it.as_str()).unwrap_or(&name);
                assert!(page.files.contains_key(known), "{address} names {name}");
                imports += 1;
            }
        }
        assert!(imports > 100, "{imports}");
    }

    #[test]
    fn an_address_changes_with_the_content_and_with_what_it_names() {
        let page = |icon: &'static str| {
            let assets = [
                Asset {
                    path: "/index.html",
                    kind: HTML,
                    body: "<script type=\"module\" src=\"/a.js\">",
                },
                Asset { path: "/a.js", kind: JS, body: "import \"./b.js\"" },
                Asset { path: "/b.js", kind: JS, body: "show(\"/icon.svg\")" },
                Asset { path: "/icon.svg", kind: SVG, body: icon },
            ];
            let page = Page::new(&assets).unwrap();
            let addresses: Vec<String> = page.files.keys().cloned().collect();
            (addresses, page.index.body)
        };
        let (one, index) = page("one");
        let (two, _) = page("two");
        let [a, b, icon] = &one[..] else { panic!("{one:?}") };
        assert_eq!(*a, two[0], "nothing of it has changed");
        assert!(*b != two[1] && *icon != two[2]);
        assert_eq!((one.clone(), index.clone()), page("one"), "the same at every start");
        let map = format!(r#"{{"imports":{{"/a.js":"{a}","/b.js":"{b}"}}}}"#);
        let script = format!(r#"<script type="module" src="{a}">"#);
        assert_eq!(index, format!("<script type=\"importmap\">{map}</script>\n    {script}"));
    }
}
