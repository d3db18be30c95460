//! The organisation that the storm blows through.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::Result;
use erp_core::{
    Ctx, Engine,
    access::{BuiltInRole, LoginRequest, NewOwner, NewUser, Password, RequestOrigin},
    chat::{NewRoom, RoomKind},
    ids::{RoomId, UserId},
};
use erp_store_postgres::{PgStore, PgStoreOptions};

const ROOMS: usize = 40;
const ROOMS_OF_A_USER: usize = 3;
const PASSWORD: &str = "a long enough password";

/// A user with his login.
pub struct Person {
    /// His id.
    pub id: UserId,
    /// The bearer token of a session of his.
    pub token: String,
    /// The rooms that he belongs to.
    pub rooms: BTreeSet<RoomId>,
}

/// Users and rooms; who belongs where stays as it is.
pub struct Organisation {
    /// The users.
    pub users: Vec<Person>,
}

/// Makes one user for each ten clients, in rooms that others are in, too.
pub async fn organisation(url: &str, clients: usize) -> Result<Organisation> {
    let store = PgStore::connect(url, PgStoreOptions::default()).await?;
    store.migrate().await?;
    let engine = Engine::builder(Arc::new(store)).build()?;
    let (access, system) = (engine.access(), Ctx::system());
    let password = || Password::new(PASSWORD);
    let owner = NewOwner {
        email: "owner@storm.invalid".to_owned(),
        display_name: "Owner".to_owned(),
        password: password(),
    };
    access.set_up(&system, owner).await?;
    let mut users = Vec::new();
    for number in 0..clients.div_ceil(10).max(2) {
        let email = format!("user-{number}@storm.invalid");
        let user = NewUser {
            email: email.clone(),
            display_name: format!("User {number}"),
            password: Some(password()),
            roles: vec![BuiltInRole::MEMBER.id],
        };
        let id = access.create_user(&system, user).await?.id;
        let login = LoginRequest { email, password: password(), device: Default::default() };
        let login = access.login(&RequestOrigin::default(), login).await?;
        let token = login.token.expose().to_owned();
        users.push(Person { id, token, rooms: BTreeSet::new() });
    }
    for number in 0..ROOMS {
        let inside =
            |user: usize| (0..ROOMS_OF_A_USER).any(|n| (user * 5 + n * 13) % ROOMS == number);
        let chosen: Vec<usize> = (0..users.len()).filter(|user| inside(*user)).collect();
        let room = NewRoom {
            kind: RoomKind::Group,
            name: format!("Room {number}"),
            topic: None,
            project: None,
            history: None,
            members: chosen.iter().map(|user| users[*user].id).collect(),
        };
        let room = engine.chat().create_room(&system, room).await?.id;
        for user in chosen {
            users[user].rooms.insert(room);
        }
    }
    Ok(Organisation { users })
}
