//! Users: lists, cards, creating and changing.

use crate::describe::{IntoParams, ToSchema};
use axum::{extract::State, http::StatusCode};
use erp_core::{
    access::{NewUser, Password, UserCard, UserFilter, UserStatus, UserUpdate, UserView},
    change::Version,
    ids::{RoleId, UserId},
    page::Page,
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Paging, Path, Query},
    list::List,
    problem::{Failure, Reply},
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_users, create_user))
        .routes(routes!(user_cards))
        .routes(routes!(get_user, update_user))
}

/// Which users, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SelectUsers {
    /// Only names that contain this text, without regard to case; addresses too for those who may
    /// see them.
    search: Option<String>,
    /// Only users of this status; without it all but the deleted ones.
    #[param(value_type = Option<crate::schema::UserStatus>)]
    status: Option<UserStatus>,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Whose cards.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SelectCards {
    /// User ids with commas between them, at most 500.
    ids: String,
}

/// A user to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateUser {
    /// His e-mail address.
    email: String,
    /// The name that others see, 1 to 200 characters.
    display_name: String,
    /// His password; without one he cannot log in until one is set.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Password>,
    /// The roles that he gets.
    #[serde(default)]
    #[schema(value_type = Vec<crate::schema::RoleId>)]
    roles: Vec<RoleId>,
}

/// New values of a user's fields; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateUser {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// The e-mail address.
    email: Option<String>,
    /// The name that others see, 1 to 200 characters.
    display_name: Option<String>,
    /// The caller's present password: asked of those who change their own address.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Password>,
}

/// The users that match, by name.
#[erp_derive::endpoint(get, path = "/api/users", params(SelectUsers),
    responses((status = 200, body = crate::schema::Page<crate::schema::User>)))]
async fn list_users(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(select): Query<SelectUsers>,
) -> Reply<Json<Page<UserView>>> {
    let SelectUsers { search, status, limit, cursor } = select;
    let filter = UserFilter { search, status };
    let page = Paging { limit, cursor }.into();
    Ok(Json(app.engine.access().users(&ctx, filter, page).await?))
}

/// Creates a user.
#[erp_derive::endpoint(post, path = "/api/users", params(crate::schema::IdempotencyHeader),
    request_body = CreateUser, responses((status = 201, body = crate::schema::User)))]
async fn create_user(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateUser>,
) -> Reply<(StatusCode, Json<UserView>)> {
    let CreateUser { email, display_name, password, roles } = new;
    let new = NewUser { email, display_name, password, roles };
    Ok((StatusCode::CREATED, Json(app.engine.access().create_user(&ctx, new).await?)))
}

/// The names and states of users: what it takes to show who wrote a message. Users whom the caller
/// may not see are left out.
#[erp_derive::endpoint(get, path = "/api/users/cards", params(SelectCards),
    responses((status = 200, body = List<crate::schema::UserCard>)))]
async fn user_cards(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(select): Query<SelectCards>,
) -> Reply<Json<List<UserCard>>> {
    let ids = select.ids.split(',').filter(|id| !id.is_empty()).map(str::parse::<UserId>);
    let ids: Vec<_> =
        ids.collect::<Result<_, _>>().map_err(|error| Failure::field("ids", error.to_string()))?;
    Ok(Json(app.engine.access().user_cards(&ctx, &ids).await?.into()))
}

/// A user.
#[erp_derive::endpoint(get, path = "/api/users/{id}", params(("id" = crate::schema::UserId, Path)),
    responses((status = 200, body = crate::schema::User)))]
async fn get_user(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
) -> Reply<Json<UserView>> {
    Ok(Json(app.engine.access().user(&ctx, id).await?))
}

/// Changes a user's name or address. Whoever changes their own address tells their password.
#[erp_derive::endpoint(patch, path = "/api/users/{id}", params(("id" = crate::schema::UserId, Path)),
    request_body = UpdateUser, responses((status = 200, body = crate::schema::User)))]
async fn update_user(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
    Body(change): Body<UpdateUser>,
) -> Reply<Json<UserView>> {
    let UpdateUser { expected, email, display_name, password } = change;
    let update = UserUpdate { expected, email, display_name, password };
    Ok(Json(app.engine.access().update_user(&ctx, id, update).await?))
}
