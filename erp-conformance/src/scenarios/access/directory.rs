//! Seeing users: who is shown to whom, and in what order.

use erp_core::{
    Ctx,
    access::{BuiltInRole, UserFilter, UserUpdate, UserView},
    change::Version,
    chat::{NewRoom, RoomKind},
    ids::UserId,
    page::{Cursor, Limit, PageRequest},
};

use super::{admin, forbidden, id, invalid, member, missing, person};
use crate::Harness;

fn renamed(expected: Version, name: &str) -> UserUpdate {
    UserUpdate { expected, email: None, display_name: Some(name.to_owned()), password: None }
}

pub(super) async fn search(h: &Harness, ctx: &Ctx, text: &str) -> Vec<UserView> {
    let filter = UserFilter { search: Some(text.to_owned()), status: None };
    h.engine.access().users(ctx, filter, PageRequest::default()).await.unwrap().items
}

/// Without `users.read_email` an address is neither shown nor found, but one's own is shown.
pub async fn x_7_addresses_are_shown_to_and_found_by_those_who_may_see_them(h: Harness) {
    let bob = member(&h, "bob").await;
    let member = member(&h, "ada").await;
    let admin = admin(&h, "admin").await;
    let access = h.engine.access();
    assert_eq!(access.user(&member, id(&bob)).await.unwrap().email, None);
    assert!(access.user(&bob, id(&bob)).await.unwrap().email.is_some());
    assert!(access.me(&bob).await.unwrap().user.email.is_some());
    assert!(access.user(&admin, id(&bob)).await.unwrap().email.is_some());
    assert_eq!(search(&h, &admin, "BOB@EXAMPLE").await.len(), 1);
    assert_eq!(search(&h, &member, "bob@example").await, []);
    let found = search(&h, &member, "BO").await;
    assert_eq!((found.len(), found[0].id, &found[0].email), (1, id(&bob), &None));
    let page = access.users(&member, UserFilter::default(), PageRequest::default()).await.unwrap();
    for user in page.items {
        assert_eq!(user.email.is_some(), user.id == id(&member));
    }
}

/// By name without regard to case, each once, also while users are added behind; a cursor does not
/// fit another filter.
pub async fn x_11_a_list_is_paged_by_name_and_its_cursor_bound(h: Harness) {
    let reader = admin(&h, "Admin").await;
    for name in ["delta", "Bravo", "alpha", "Charlie", "echo"] {
        person(&h, name, &[]).await;
    }
    let access = h.engine.access();
    let mut request = PageRequest::first(2);
    let mut names = Vec::new();
    loop {
        let page = access.users(&reader, UserFilter::default(), request.clone()).await.unwrap();
        names.extend(page.items.into_iter().map(|user| user.display_name));
        if names.len() == 2 {
            // Before the cursor: not seen. Beyond it: seen.
            person(&h, "aaa", &[]).await;
            person(&h, "zulu", &[]).await;
        }
        request.cursor = page.next;
        if request.cursor.is_none() {
            break;
        }
        let search = UserFilter { search: Some("a".to_owned()), status: None };
        invalid(access.users(&reader, search, request.clone()).await, "cursor");
    }
    assert_eq!(names, ["Admin", "alpha", "Bravo", "Charlie", "delta", "echo", "zulu"]);
    let garbage =
        PageRequest { limit: Limit::default(), cursor: Some(Cursor::from_text("garbage")) };
    invalid(access.users(&reader, UserFilter::default(), garbage).await, "cursor");
}

/// Without `users.read`: himself and those who share a room with him; the rest does not exist.
pub async fn x_17_a_guest_sees_the_names_of_his_rooms_alone(h: Harness) {
    let (ada, bob) = (member(&h, "ada").await, member(&h, "bob").await);
    let guest = person(&h, "guest", &[BuiltInRole::GUEST.id]).await;
    let room = NewRoom {
        kind: RoomKind::Group,
        name: "the room".to_owned(),
        topic: None,
        project: None,
        history: None,
        members: vec![id(&guest)],
    };
    h.engine.chat().create_room(&ada, room).await.unwrap();
    let access = h.engine.access();
    let everyone = [id(&ada), id(&bob), id(&guest)];
    let mut visible = vec![id(&ada), id(&guest)];
    visible.sort();
    let cards = access.user_cards(&guest, &everyone).await.unwrap();
    assert_eq!(cards.iter().map(|card| card.id).collect::<Vec<_>>(), visible);
    let unknown = UserId::generate(&*h.ids);
    for user in [id(&bob), unknown] {
        missing(access.user(&guest, user).await, "user");
        missing(access.update_user(&guest, user, renamed(Version(1), "x")).await, "user");
        missing(access.deactivate_user(&guest, user, Version(1)).await, "user");
        missing(access.sessions(&guest, user).await, "user");
    }
    forbidden(access.users(&guest, UserFilter::default(), PageRequest::default()).await);
    forbidden(access.update_user(&ada, id(&bob), renamed(Version(1), "x")).await);
    assert_eq!(access.user(&guest, id(&guest)).await.unwrap().id, id(&guest));
}
