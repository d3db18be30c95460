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
    ids::{AttachmentId, ProjectId, TaskId},
    page::Page,
    projects::{Attachment, NewFile},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Paging, Path, Query},
    problem::Reply,
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
/// Until it is linked to a task only the caller sees it, and a day later it is swept.
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
    body: RawBody,
) -> Reply<(StatusCode, Json<Attachment>)> {
    let stated = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = stated.and_then(|value| value.split(';').next());
    let content_type = essence.unwrap_or("application/octet-stream").to_owned();
    let file = NewFile { name: file.name, content_type };
    let uploaded = app.engine.projects().upload(&ctx, id, file, body.into_data_stream()).await?;
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

/// The bytes of a file, to be saved, never to be shown: who uploads it says what it is.
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
    put(CONTENT_TYPE, &attachment.content_type);
    put(CONTENT_DISPOSITION, &saved_as(&attachment.name));
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

/// Takes a file off its task. Until it is swept it may be restored.
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

/// The header that has a browser save the file under its name (RFC 6266, RFC 8187).
fn saved_as(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
    let mut header = "attachment; filename*=UTF-8''".to_owned();
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
            saved_as("Plan é\";.pdf"),
            "attachment; filename*=UTF-8''Plan%20%C3%A9%22%3B.pdf"
        );
    }
}
