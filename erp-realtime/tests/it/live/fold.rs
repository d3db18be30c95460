//! For every action that changes what a client sees: the old snapshot with the events applied is
//! the new snapshot.

use chrono::TimeDelta;
use erp_core::{
    Ctx, Engine,
    access::{BuiltInRole, NewUser, UserFilter, UserUpdate},
    chat::{
        BodyFormat, EditMessage, ImportedMessage, MessageAnchor, NewRoom, RoomKind, RoomPatch,
        RoomRole, Seq,
    },
    ids::UserId,
    page::{Limit, PageRequest},
    realtime::{Broadcast, Target},
};
use erp_realtime::client::{ClientState, RoomSnapshot, Snapshot, Unread};

use super::{
    on_both,
    peer::{Carrier, Peer, Who},
    world::{Node, World},
};

on_both!(
    every_action_in_a_room_changes_a_client_as_it_changes_the_server,
    every_change_of_members_changes_a_client_as_it_changes_the_server,
    every_change_of_users_changes_a_client_as_it_changes_the_server,
    a_client_that_applies_events_its_snapshot_has_stays_right,
);

/// What the server says to this user.
async fn snapshot(engine: &Engine, me: UserId) -> ClientState {
    let ctx = Ctx::user(me);
    let (access, chat) = (engine.access(), engine.chat());
    let page = PageRequest::first(Limit::MAX);
    let mut rooms = Vec::new();
    for summary in chat.rooms(&ctx, &page).await.unwrap().items {
        let id = summary.room.id;
        let members = chat.members(&ctx, id, &page).await.unwrap().items;
        let anchor = MessageAnchor::After(Seq(0));
        let messages = chat.messages(&ctx, id, anchor, page.limit).await.unwrap();
        rooms.push(RoomSnapshot {
            room: summary.room,
            member: summary.member,
            unread: summary.unread,
            members: Some(members.into_iter().map(|one| (one.user, one.role)).collect()),
            messages: messages.items,
            loaded_after: Seq(0),
        });
    }
    let users = access.users(&ctx, UserFilter::default(), page.clone()).await;
    let ids: Vec<UserId> = users
        .map(|users| users.items.into_iter().map(|user| user.id).collect())
        .unwrap_or_default();
    let users = access.user_cards(&ctx, &ids).await.unwrap();
    let online = engine.presence().online(&ctx).await.unwrap();
    let online = online.into_iter().map(|one| one.user).collect();
    ClientState::new(Snapshot { me, rooms, users, online })
}

/// A client whose being online is in the log already.
async fn connected(world: &World, carrier: Carrier, node: &Node, me: UserId) -> Peer {
    let peer = Who::user(carrier, me).connect(node).await;
    while !snapshot(&world.engine, me).await.online.contains(&me) {
        tokio::task::yield_now().await;
    }
    peer
}

/// A client with the state that it keeps.
struct Watched {
    peer: Peer,
    state: ClientState,
}

impl Watched {
    async fn new(world: &World, carrier: Carrier, node: &Node, me: UserId) -> Self {
        let peer = connected(world, carrier, node, me).await;
        let state = snapshot(&world.engine, me).await;
        let mut watched = Self { peer, state };
        watched.catch_up(world).await;
        watched
    }

    /// Applies what has happened up to now.
    async fn catch_up(&mut self, world: &World) {
        let end = Broadcast { name: "end".to_owned(), payload: serde_json::Value::Null };
        let to = Target::Users(vec![self.state.me]);
        let position = world.engine.realtime().broadcast(&Ctx::system(), to, end).await.unwrap();
        loop {
            let event = self.peer.event().await;
            self.state.apply(&event.body());
            if event.position.position == position {
                return;
            }
        }
    }

    async fn verify(&mut self, world: &World, action: &str) {
        self.catch_up(world).await;
        let server = snapshot(&world.engine, self.state.me).await;
        let differences = self.state.differences(&server);
        assert!(differences.is_empty(), "after {action}: {differences:#?}");
        for (id, room) in &self.state.rooms {
            assert!(matches!(room.unread(), Unread::Known(_)), "after {action}: {id}");
        }
    }
}

async fn every_action_in_a_room_changes_a_client_as_it_changes_the_server(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut bob = Watched::new(&world, carrier, &node, world.bob).await;
    let mut author = Watched::new(&world, carrier, &node, world.ann).await;
    let chat = world.engine.chat();
    let (ann, own) = (Ctx::user(world.ann), Ctx::user(world.bob));
    let room = world.room;
    macro_rules! step {
        ($action:literal, $done:expr) => {{
            let done = $done;
            bob.verify(&world, $action).await;
            author.verify(&world, $action).await;
            done
        }};
    }
    let first = step!("post", world.post(world.ann, room, "one").await);
    let second = step!("another post", world.post(world.ann, room, "two").await);
    step!("an own post on top of unread ones", world.post(world.bob, room, "three").await);
    let edit = |expected, body: &str| EditMessage { expected, body: body.to_owned() };
    let first = step!("edit", chat.edit(&ann, first.id, edit(first.version, "uno")).await.unwrap());
    let first =
        step!("delete an unread one", chat.delete(&ann, first.id, first.version).await.unwrap());
    let first = step!("restore it", chat.restore(&ann, first.id, first.version).await.unwrap());
    step!("read one", chat.mark_read(&own, room, first.seq).await.unwrap());
    step!("delete a read one", chat.delete(&ann, first.id, first.version).await.unwrap());
    step!("read all", chat.mark_read(&own, room, Seq(99)).await.unwrap());
    step!("read less", chat.mark_read(&own, room, first.seq).await.unwrap());
    step!("an own post with all read", world.post(world.bob, room, "four").await);
    step!("mark unread", chat.mark_unread(&own, room, second.seq).await.unwrap());
    step!("post again", world.post(world.ann, room, "five").await);
    let access = chat.room(&ann, room).await.unwrap();
    let patch = RoomPatch { name: Some("Renamed".to_owned()), topic: Some("Topic".to_owned()) };
    step!("rename", chat.update_room(&ann, room, access.room.version, patch).await.unwrap());
    let until = world.engine.now() + TimeDelta::hours(1);
    step!("mute", chat.mute(&own, room, Some(until)).await.unwrap());
    step!("end the mute", chat.mute(&own, room, None).await.unwrap());
}

async fn every_change_of_members_changes_a_client_as_it_changes_the_server(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut bob = Watched::new(&world, carrier, &node, world.bob).await;
    let chat = world.engine.chat();
    let (ann, own) = (Ctx::user(world.ann), Ctx::user(world.bob));
    let room = world.room;
    macro_rules! step {
        ($action:literal, $done:expr) => {{
            let done = $done;
            bob.verify(&world, $action).await;
            done
        }};
    }
    step!("another joins", chat.add_member(&ann, room, world.gus, RoomRole::Member).await.unwrap());
    step!(
        "another's role",
        chat.set_role(&ann, room, world.gus, RoomRole::Moderator).await.unwrap()
    );
    step!("own role", chat.set_role(&ann, room, world.bob, RoomRole::Moderator).await.unwrap());
    step!("another leaves", chat.leave(&Ctx::user(world.gus), room).await.unwrap());
    step!("removed", chat.remove_member(&ann, room, world.bob).await.unwrap());
    world.post(world.ann, room, "while away").await;
    step!("added", chat.add_member(&ann, room, world.bob, RoomRole::Member).await.unwrap());
    step!("post", world.post(world.ann, room, "back").await);
    step!("direct room", chat.open_direct(&Ctx::user(world.owner), world.bob).await.unwrap());
    let new = |kind, name: &str| NewRoom {
        kind,
        name: name.to_owned(),
        topic: None,
        project: None,
        history: None,
        members: vec![world.bob],
    };
    step!("a group with him", chat.create_room(&ann, new(RoomKind::Group, "New")).await.unwrap());
    let channel = new(RoomKind::Channel, "channel");
    let channel = step!("a channel", chat.create_room(&ann, channel).await.unwrap().id);
    step!("a post there", world.post(world.ann, channel, "hello").await);
    let old = ImportedMessage {
        source: "zulip".to_owned(),
        source_id: "1".to_owned(),
        room: channel,
        author: world.ann,
        body: "of 2019".to_owned(),
        format: BodyFormat::Text,
        sent_at: "2019-03-04T09:00:00Z".parse().unwrap(),
    };
    step!("history", chat.import_message(&Ctx::system(), old).await.unwrap());
    let seen = chat.room(&ann, channel).await.unwrap().room.version;
    let archived = step!("archived", chat.archive_room(&ann, channel, seen).await.unwrap());
    step!("restored", chat.restore_room(&ann, channel, archived.version).await.unwrap());
    step!("leave", chat.leave(&own, channel).await.unwrap());
    step!("join", chat.join(&own, channel).await.unwrap());
    step!("a post after joining", world.post(world.ann, channel, "again").await);
}

async fn every_change_of_users_changes_a_client_as_it_changes_the_server(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut bob = Watched::new(&world, carrier, &node, world.bob).await;
    let (access, system) = (world.engine.access(), Ctx::system());
    macro_rules! step {
        ($action:literal, $done:expr) => {{
            let done = $done;
            bob.verify(&world, $action).await;
            done
        }};
    }
    let new = NewUser {
        email: "eve@example.org".to_owned(),
        display_name: "Eve".to_owned(),
        password: None,
        roles: vec![BuiltInRole::MEMBER.id],
    };
    let eve = step!("a new user", access.create_user(&system, new).await.unwrap());
    let update = UserUpdate {
        expected: eve.version,
        email: None,
        display_name: Some("Eva".to_owned()),
        password: None,
    };
    let eve = step!("a new name", access.update_user(&system, eve.id, update).await.unwrap());
    let id = eve.id;
    let eve = step!("deactivate", access.deactivate_user(&system, id, eve.version).await.unwrap());
    let eve = step!("reactivate", access.reactivate_user(&system, id, eve.version).await.unwrap());
    let eve = step!("delete", access.delete_user(&system, id, eve.version).await.unwrap());
    step!("restore", access.restore_user(&system, id, eve.version).await.unwrap());
    let online = Who::user(carrier, id).connect(&node).await;
    while !bob.state.online.contains(&id) {
        bob.catch_up(&world).await;
    }
    bob.verify(&world, "online").await;
    drop(online);
    while bob.state.online.contains(&id) {
        bob.catch_up(&world).await;
    }
    bob.verify(&world, "offline").await;
    assert!(!bob.state.rights_changed);
}

async fn a_client_that_applies_events_its_snapshot_has_stays_right(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let peer = connected(&world, carrier, &node, world.bob).await;
    let ann = Ctx::user(world.ann);
    let chat = world.engine.chat();
    let message = world.post(world.ann, world.room, "one").await;
    let edit = EditMessage { expected: message.version, body: "uno".to_owned() };
    let message = chat.edit(&ann, message.id, edit).await.unwrap();
    chat.delete(&ann, message.id, message.version).await.unwrap();
    chat.remove_member(&ann, world.room, world.bob).await.unwrap();
    chat.add_member(&ann, world.room, world.bob, RoomRole::Member).await.unwrap();
    let other = world.room("Other", vec![world.bob]).await;
    world.post(world.ann, other, "there").await;
    // The snapshot has all of it, and the events come afterwards.
    let state = snapshot(&world.engine, world.bob).await;
    let mut bob = Watched { peer, state };
    bob.verify(&world, "a late snapshot").await;
}
