//! An organisation to measure in: users, rooms and members, made through the services.

use std::sync::Arc;

use anyhow::Result;
use erp_core::{
    Ctx, Engine,
    access::{NewOwner, NewUser, Password},
    chat::{NewRoom, RoomKind},
    ids::{RoomId, UserId},
    port::Store,
};

/// An engine with rooms, and the members of each.
pub struct Fixture {
    /// The engine.
    pub engine: Engine,
    /// The users, the owner first.
    pub users: Vec<UserId>,
    /// The rooms with their members.
    pub rooms: Vec<(RoomId, Vec<UserId>)>,
}

impl Fixture {
    /// `rooms` group rooms of `members` each, the members drawn in turn from twice as many users.
    pub async fn new(store: Arc<dyn Store>, rooms: usize, members: usize) -> Result<Self> {
        let engine = Engine::builder(store).build()?;
        let system = Ctx::system();
        let owner = engine
            .access()
            .set_up(
                &system,
                NewOwner {
                    email: "owner@bench.invalid".to_owned(),
                    display_name: "Owner".to_owned(),
                    password: Password::new("a long enough password"),
                },
            )
            .await?;
        let member_role = erp_core::access::BuiltInRole::MEMBER.id;
        let mut users = vec![owner.id];
        for number in 1..members * 2 {
            let user = NewUser {
                email: format!("user-{number}@bench.invalid"),
                display_name: format!("User {number}"),
                password: None,
                roles: vec![member_role],
            };
            users.push(engine.access().create_user(&system, user).await?.id);
        }
        let mut fixture = Self { engine, users, rooms: Vec::new() };
        for number in 0..rooms {
            let first = number * 7 % fixture.users.len();
            let chosen: Vec<UserId> =
                fixture.users.iter().cycle().skip(first).take(members).copied().collect();
            fixture.open_room(&format!("Room {number}"), chosen).await?;
        }
        Ok(fixture)
    }

    /// Opens one more room.
    pub async fn open_room(&mut self, name: &str, members: Vec<UserId>) -> Result<RoomId> {
        let room = NewRoom {
            kind: RoomKind::Group,
            name: name.to_owned(),
            topic: None,
            project: None,
            history: None,
            members: members.clone(),
        };
        let id = self.engine.chat().create_room(&Ctx::system(), room).await?.id;
        self.rooms.push((id, members));
        Ok(id)
    }
}
