//! The texts of rooms and messages: what they may be, and when two of them are one.

use erp_core::{
    Conflict, Error,
    chat::{EditMessage, NewMessage, NewRoom, RoomKind, RoomPatch},
    fields::samples,
    forms,
};

use super::{group, new_room, person, post};
use crate::{Harness, scenarios::UNSEEN};

fn wrong_field<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::Validation(wrong)) => wrong[0].field.clone(),
        other => panic!("not a wrong field: {other:?}"),
    }
}

/// a name of a room has something that can be seen, and name and topic stay on their line.
pub async fn x_20_a_room_has_a_name_that_can_be_seen(h: Harness) {
    let ada = person(&h, "ada").await;
    let (chat, room) = (h.engine.chat(), group(&h, &ada, &[]).await);
    let unseen = UNSEEN.iter().map(|text| (*text).to_owned());
    for name in unseen.chain(samples::wrong(&forms::SHORT_NAME)) {
        let new = NewRoom { name: name.clone(), ..new_room(RoomKind::Group, &[]) };
        assert_eq!(wrong_field(chat.create_room(&ada, new).await), "name", "{name:?}");
        let patch = RoomPatch { name: Some(name), ..RoomPatch::default() };
        assert_eq!(wrong_field(chat.update_room(&ada, room.id, room.version, patch).await), "name");
    }
    for topic in samples::wrong(&forms::TOPIC) {
        let new = NewRoom { topic: Some(topic.clone()), ..new_room(RoomKind::Group, &[]) };
        assert_eq!(wrong_field(chat.create_room(&ada, new).await), "topic", "{topic:?}");
    }
}

/// a channel's name is the same in each normal form and each case; what a message says is kept in
/// NFC, and else as it was typed.
pub async fn x_19_what_looks_the_same_is_one_channel(h: Harness) {
    let ada = person(&h, "ada").await;
    let chat = h.engine.chat();
    let open = async |name: &str| {
        let new = NewRoom { name: name.to_owned(), ..new_room(RoomKind::Channel, &[]) };
        chat.create_room(&ada, new).await
    };
    let room = open(" Cafe\u{301} \u{fb01}le ").await.unwrap();
    assert_eq!(room.name.as_deref(), Some("Café \u{fb01}le"));
    for name in ["Café \u{fb01}le", "CAFE\u{301} FILE"] {
        assert_eq!(
            open(name).await,
            Err(Error::Conflict(Conflict::taken("room", "name"))),
            "{name}"
        );
        let found = h.store.chat().channel(name).await.unwrap().map(|room| room.id);
        assert_eq!(found, Some(room.id), "{name}");
    }
    let said = post(&h, &ada, room.id, "  cafe\u{301}\r\n\t\u{200b}\u{202e}\u{fb01} ").await;
    assert_eq!(said.body, "  café\r\n\t\u{200b}\u{202e}\u{fb01} ");
    assert_eq!(h.message(said.id).await, said);
    let edit = EditMessage { expected: said.version, body: said.body.replace('é', "e\u{301}") };
    assert_eq!(chat.edit(&ada, said.id, edit).await, Ok(said), "it says the same");
    let blank = chat.post(&ada, room.id, NewMessage::text("\u{3000}\n")).await;
    assert_eq!(wrong_field(blank), "body");
}
