//! Reading users: by id, by address, in lists.

use erp_core::{
    access::{AccessChange, CredentialRow, Email, PasswordHash, User, UserQuery, UserStatus},
    ids::UserId,
    text::key as folded,
};

use crate::Harness;

async fn list(h: &Harness, query: &UserQuery) -> Vec<User> {
    h.store.access().users(query).await.expect("a read")
}

async fn search(h: &Harness, text: &str, search_email: bool) -> Vec<String> {
    let search = Some(text.to_owned());
    let query = UserQuery { search, search_email, limit: 100, ..UserQuery::default() };
    list(h, &query).await.into_iter().map(|user| user.display_name).collect()
}

async fn named(h: &Harness, name: &str, email: &str) -> User {
    let mut user = h.new_user("x");
    user.display_name = name.to_owned();
    user.email = Email::new(email).expect("an address");
    h.commit(AccessChange::CreateUser { user: user.clone(), password: None }).await;
    user
}

/// `AccessReads::user`, `users_by_id`: whoever was created, deleted or not; unknown ids are left out.
pub async fn users_are_found_by_id_deleted_or_not(h: Harness) {
    assert_eq!(h.store.access().is_empty().await, Ok(true));
    let nobody = UserId::generate(&*h.ids);
    assert_eq!(h.store.access().user(nobody).await, Ok(None));
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    assert_eq!(h.store.access().is_empty().await, Ok(false));
    h.set_status(bob.id, UserStatus::Deleted).await;
    let bob = h.read_user(bob.id).await;
    assert_eq!(bob.status, UserStatus::Deleted);
    let ids = [bob.id, nobody, ann.id];
    let mut found = h.store.access().users_by_id(&ids).await.expect("a read");
    found.sort_by_key(|user| user.id);
    assert_eq!(found, [ann.clone(), bob]);
    assert_eq!(h.store.access().users_by_id(&[]).await, Ok(vec![]));
    h.set_status(ann.id, UserStatus::Deleted).await;
    assert_eq!(h.store.access().is_empty().await, Ok(false), "someone was created once");
}

/// `AccessReads::credentials`: by the normalised address, of who is not deleted; the password's hash
/// is that which was set last.
pub async fn credentials_are_found_by_the_normalised_address(h: Harness) {
    let mut ann = h.new_user("ann");
    ann.email = Email::new("Ann@Example.org").expect("an address");
    let hash = |text: &str| PasswordHash(format!("$argon2id${text}"));
    let password = Some(hash("one"));
    h.commit(AccessChange::CreateUser { user: ann.clone(), password: password.clone() }).await;
    let bob = h.user("bob").await;
    let read = async |key| h.store.access().credentials(key).await.expect("a read");
    let row = CredentialRow { user: ann.clone(), password };
    assert_eq!(read("ann@example.org").await, Some(row));
    assert_eq!(read("Ann@Example.org").await, None, "a key is a normalised form");
    let none = CredentialRow { user: bob.clone(), password: None };
    assert_eq!(read("bob@example.org").await, Some(none));
    assert_eq!(h.store.access().password(bob.id).await, Ok(None));

    for (id, text) in [(ann.id, "two"), (bob.id, "three")] {
        h.commit(AccessChange::SetPassword { id, password: hash(text) }).await;
        assert_eq!(h.store.access().password(id).await, Ok(Some(hash(text))));
    }
    assert_eq!(h.read_user(ann.id).await, ann, "a password is no field of the user");
    h.set_status(ann.id, UserStatus::Deactivated).await;
    let row = read("ann@example.org").await.expect("he is not deleted");
    assert_eq!((row.user.status, row.password), (UserStatus::Deactivated, Some(hash("two"))));
    h.set_status(ann.id, UserStatus::Deleted).await;
    assert_eq!(read("ann@example.org").await, None);
}

/// `UserQuery`: by folded name by its bytes, then by id; in pages, with ties.
pub async fn users_are_listed_by_name_then_id_in_pages_with_ties(h: Harness) {
    let names =
        ["bob", "Ann", "ann", "ANN", "Zoe", "Äre", "äre", "a n", "ann ", "Émile", "10", "9", "_x"];
    let mut expected = Vec::new();
    for (n, name) in names.iter().enumerate() {
        expected.push(named(&h, name, &format!("user{n}@example.org")).await);
    }
    expected.sort_by_key(|user| (folded(&user.display_name), user.id));
    for limit in [1, 2, 3, 5, 100] {
        let mut paged: Vec<User> = Vec::new();
        loop {
            let after = paged.last().map(|user| (folded(&user.display_name), user.id));
            let page = list(&h, &UserQuery { after, limit, ..UserQuery::default() }).await;
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, expected, "limit {limit}");
    }
}

/// a page starts after its key though the user of the key is gone or others came.
pub async fn x_11_a_page_starts_after_its_key_whatever_was_added(h: Harness) {
    for name in ["bob", "dan", "fay"] {
        h.user(name).await;
    }
    let first = list(&h, &UserQuery { limit: 2, ..UserQuery::default() }).await;
    let last = first.last().expect("two");
    h.set_status(last.id, UserStatus::Deleted).await;
    for name in ["ann", "cid", "eve"] {
        h.user(name).await;
    }
    let after = Some((last.display_name.clone(), last.id));
    let next = list(&h, &UserQuery { after, limit: 10, ..UserQuery::default() }).await;
    let names: Vec<_> = next.iter().map(|user| user.display_name.as_str()).collect();
    assert_eq!(names, ["eve", "fay"]);
}

/// `UserQuery::status`: users of this status; without it all but the deleted ones.
pub async fn deleted_users_are_listed_only_when_asked_for(h: Harness) {
    let (ann, bob, cid) = (h.user("ann").await, h.user("bob").await, h.user("cid").await);
    h.set_status(bob.id, UserStatus::Deactivated).await;
    h.set_status(cid.id, UserStatus::Deleted).await;
    for (status, expected) in [
        (None, vec![ann.id, bob.id]),
        (Some(UserStatus::Active), vec![ann.id]),
        (Some(UserStatus::Deactivated), vec![bob.id]),
        (Some(UserStatus::Deleted), vec![cid.id]),
    ] {
        let query = UserQuery { status, limit: 100, ..UserQuery::default() };
        let found: Vec<_> = list(&h, &query).await.iter().map(|user| user.id).collect();
        assert_eq!(found, expected, "{status:?}");
    }
    assert_eq!(search(&h, "cid", true).await, Vec::<String>::new());
    let query = UserQuery {
        search: Some("CID".to_owned()),
        status: Some(UserStatus::Deleted),
        limit: 100,
        ..UserQuery::default()
    };
    assert_eq!(list(&h, &query).await.len(), 1);
}

/// `UserQuery::search`: a part of the name without regard to case, letter by letter: nothing in it is a
/// pattern. Addresses are looked into only when asked for.
pub async fn search_takes_the_text_letter_by_letter(h: Harness) {
    for (name, email) in [
        ("Ann Müller", "a.mueller@firm.example"),
        ("100% Bob", "bob_1@example.org"),
        ("under_score", "b@example.org"),
        ("back\\slash", "c@example.org"),
        ("O'Hara", "d@example.org"),
        ("underXscore", "Ann.Other@example.org"),
    ] {
        named(&h, name, email).await;
    }
    let found: [(&str, bool, &[&str]); 14] = [
        ("müll", false, &["Ann Müller"]),
        ("MÜLL", false, &["Ann Müller"]),
        ("ann", false, &["Ann Müller"]),
        ("ann", true, &["Ann Müller", "underXscore"]),
        ("%", false, &["100% Bob"]),
        ("r_s", false, &["under_score"]),
        ("\\", false, &["back\\slash"]),
        ("k\\s", false, &["back\\slash"]),
        ("'h", false, &["O'Hara"]),
        ("firm.example", false, &[]),
        ("FIRM.example", true, &["Ann Müller"]),
        ("bob_", true, &["100% Bob"]),
        ("bobx", true, &[]),
        ("nobody", true, &[]),
    ];
    for (text, search_email, expected) in found {
        assert_eq!(search(&h, text, search_email).await, expected, "{text} ({search_email})");
    }
    assert_eq!(search(&h, "", false).await.len(), 6);
}

/// a search is paged like the list.
pub async fn x_11_a_search_is_paged_like_the_list(h: Harness) {
    for n in 0..9 {
        let name = if n % 2 == 0 { "match" } else { "other" };
        named(&h, name, &format!("user{n}@example.org")).await;
    }
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let search = Some("ATC".to_owned());
        let query = UserQuery { search, after, limit: 2, ..UserQuery::default() };
        let page = list(&h, &query).await;
        let Some(last) = page.last() else { break };
        after = Some((folded(&last.display_name), last.id));
        found.extend(page);
    }
    assert_eq!(found.len(), 5);
    assert!(found.is_sorted_by_key(|user| user.id), "ties by id");
}
