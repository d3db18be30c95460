//! Files on tasks.

use crate::describe::{IntoParams, ToSchema};
use axum::{
    body::Body as RawBody,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ETAG},
    },
    response::{IntoResponse, Response},
};
use erp_core::{
    change::Version,
    error::Error,
    ids::{AttachmentId, ProjectId, TaskId},
    page::Page,
    projects::{Attachment, NewFile},
};
use serde::Deserialize;
use tracing::Instrument;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Paging, Path, Query, Streamed},
    problem::{Failure, Reply},
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(upload_attachment))
        .routes(routes!(list_attachments))
        .routes(routes!(get_attachment, delete_attachment))
        .routes(routes!(get_attachment_content))
        .routes(routes!(link_attachment))
        .routes(routes!(restore_attachment))
}

/// What the file is called.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FileName {
    /// Its name, 1 to 255 characters without a path.
    name: String,
}

/// Onto which task a file is put.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkAttachment {
    /// The version of the file that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// A task of the same project.
    #[schema(value_type = crate::schema::TaskId)]
    task: TaskId,
}

/// Takes in a file for a project: the body is the file, the header `Content-Type` says what it is.
/// Until it is linked to a task only the caller sees it, and a day later it is swept. So many files on
/// no task, and so many bytes of them, a user may have.
#[erp_derive::endpoint(post, path = "/api/projects/{id}/attachments",
    params(("id" = crate::schema::ProjectId, Path), FileName),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = crate::schema::Attachment)))]
async fn upload_attachment(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Query(file): Query<FileName>,
    headers: HeaderMap,
    body: Streamed,
) -> Reply<(StatusCode, Json<Attachment>)> {
    let stated = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = stated.and_then(|value| value.split(';').next());
    let content_type = essence.unwrap_or("application/octet-stream").to_owned();
    let file = NewFile { name: file.name, content_type };
    let too_slow = body.too_slow();
    // A task of its own: when the client goes away in the middle, it still tidies up.
    let upload = async move { app.engine.projects().upload(&ctx, id, file, body).await };
    let uploaded = match tokio::spawn(upload.in_current_span()).await {
        Ok(uploaded) => uploaded.map_err(|error| too_slow.or(error))?,
        Err(fault) => return Err(Failure::from(Error::Internal(fault.to_string()))),
    };
    Ok((StatusCode::CREATED, Json(uploaded)))
}

/// The files of a task, in the order in which they were uploaded.
#[erp_derive::endpoint(get, path = "/api/tasks/{id}/attachments",
    params(("id" = crate::schema::TaskId, Path), Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::Attachment>)))]
async fn list_attachments(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<Attachment>>> {
    Ok(Json(app.engine.projects().attachments(&ctx, id, &paging.into()).await?))
}

/// What is known of a file.
#[erp_derive::endpoint(get, path = "/api/attachments/{id}", params(("id" = crate::schema::AttachmentId, Path)),
    responses((status = 200, body = crate::schema::Attachment)))]
async fn get_attachment(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<AttachmentId>,
) -> Reply<Json<Attachment>> {
    Ok(Json(app.engine.projects().attachment(&ctx, id).await?))
}

/// The bytes of a file, to be saved; only pictures may be shown. Its type is the one that the uploader
/// has stated if nothing runs it, else `application/octet-stream`.
#[erp_derive::endpoint(get, path = "/api/attachments/{id}/content",
    params(("id" = crate::schema::AttachmentId, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn get_attachment_content(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<AttachmentId>,
) -> Reply<Response> {
    let (attachment, content) = app.engine.projects().attachment_content(&ctx, id).await?;
    let mut response = RawBody::from_stream(content).into_response();
    let headers = response.headers_mut();
    let mut put = |name, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    let (content_type, disposition) = served_as(&attachment.content_type);
    put(CONTENT_TYPE, content_type);
    put(CONTENT_DISPOSITION, &named(disposition, &attachment.name));
    if let Some(stored) = &attachment.stored {
        put(CONTENT_LENGTH, &stored.size_bytes.to_string());
        put(ETAG, &format!("\"{}\"", stored.sha256));
    }
    Ok(response)
}

/// Puts a file that the caller has uploaded onto a task.
#[erp_derive::endpoint(put, path = "/api/attachments/{id}/task",
    params(("id" = crate::schema::AttachmentId, Path)), request_body = LinkAttachment,
    responses((status = 200, body = crate::schema::Attachment)))]
async fn link_attachment(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<AttachmentId>,
    Body(link): Body<LinkAttachment>,
) -> Reply<Json<Attachment>> {
    let LinkAttachment { expected, task } = link;
    Ok(Json(app.engine.projects().link_attachment(&ctx, id, expected, task).await?))
}

/// Takes a file off its task. Until it is swept it may be restored. One that is on no task yet is dropped
/// for good.
#[erp_derive::endpoint(delete, path = "/api/attachments/{id}",
    params(("id" = crate::schema::AttachmentId, Path), Expected),
    responses((status = 200, body = crate::schema::Attachment)))]
async fn delete_attachment(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<AttachmentId>,
    Query(seen): Query<Expected>,
) -> Reply<Json<Attachment>> {
    Ok(Json(app.engine.projects().delete_attachment(&ctx, id, seen.expected).await?))
}

/// Puts a deleted file back onto its task.
#[erp_derive::endpoint(post, path = "/api/attachments/{id}/restore",
    params(("id" = crate::schema::AttachmentId, Path)), request_body = Expected,
    responses((status = 200, body = crate::schema::Attachment)))]
async fn restore_attachment(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<AttachmentId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<Attachment>> {
    Ok(Json(app.engine.projects().restore_attachment(&ctx, id, seen.expected).await?))
}

/// Pictures that are nothing but pictures: a browser may show them.
const PICTURES: &[&str] =
    &["image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"];
/// Other types that a browser saves or hands to another program: it runs none of them as a script, a
/// style sheet or a page.
const INERT: &[&str] = &[
    "application/gzip",
    "application/json",
    "application/msword",
    "application/pdf",
    "application/rtf",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/zip",
    "audio/aac",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "image/heic",
    "image/tiff",
    "text/calendar",
    "text/csv",
    "text/plain",
    "video/mp4",
    "video/mpeg",
    "video/ogg",
    "video/quicktime",
    "video/webm",
];

/// As what a file goes out, and what the browser does with it. Who uploads it says what it is: a script
/// would be imported by a page of the same origin, whatever its policy. So everything that is not known
/// to be harmless is bytes.
fn served_as(stated: &str) -> (&str, &'static str) {
    if PICTURES.contains(&stated) {
        (stated, "inline")
    } else if INERT.contains(&stated) {
        (stated, "attachment")
    } else {
        ("application/octet-stream", "attachment")
    }
}

/// The header that tells a browser what to do with the file, and its name (RFC 6266, RFC 8187).
fn named(disposition: &str, name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
    let mut header = format!("{disposition}; filename*=UTF-8''");
    for byte in name.bytes() {
        if plain(byte) {
            header.push(char::from(byte));
        } else {
            header.push_str(&format!("%{byte:02X}"));
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_for_the_header() {
        assert_eq!(
            named("attachment", "Plan é\";.pdf"),
            "attachment; filename*=UTF-8''Plan%20%C3%A9%22%3B.pdf"
        );
    }

    #[test]
    fn what_a_browser_runs_goes_out_as_bytes() {
        for stated in [
            "text/javascript",
            "application/javascript",
            "application/ecmascript",
            "application/x-javascript",
            "text/jscript",
            "text/livescript",
            "text/html",
            "text/css",
            "text/xml",
            "text/xsl",
            "application/xml",
            "application/xhtml+xml",
            "application/wasm",
            "application/manifest+json",
            "application/x-shockwave-flash",
            "image/svg+xml",
            "multipart/x-mixed-replace",
            "text/x-anything",
        ] {
            assert_eq!(served_as(stated), ("application/octet-stream", "attachment"), "{stated}");
        }
        assert_eq!(served_as("image/png"), ("image/png", "inline"));
        assert_eq!(served_as("application/pdf"), ("application/pdf", "attachment"));
    }
}
