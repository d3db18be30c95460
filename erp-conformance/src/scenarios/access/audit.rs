//! The audit log.

use std::net::IpAddr;

use erp_core::{
    Ctx, EngineOptions,
    access::{
        AccessOptions, AuditFilter, AuditView, BuiltInRole, LoginRequest, PasswordChange,
        RequestOrigin, RoleHolder, UserUpdate,
    },
    chat::{NewRoom, RoomKind, RoomRole},
    ctx::Actor,
    page::PageRequest,
    policy::{Action, Permission as P},
};
use serde_json::json;

use super::{
    HOME, PASSWORD, admin, attempt, forbidden, from, id, invalid, member, owner, person, view,
};
use crate::Harness;

async fn read(h: &Harness, ctx: &Ctx, filter: AuditFilter) -> Vec<AuditView> {
    h.engine.access().audit(ctx, filter, PageRequest::default()).await.unwrap().items
}

fn about(id: uuid::Uuid, action: Action) -> AuditFilter {
    AuditFilter { entity_id: Some(id), action: Some(action), ..AuditFilter::default() }
}

fn renamed(user: &erp_core::access::UserView, name: &str, email: &str) -> UserUpdate {
    UserUpdate {
        expected: user.version,
        email: Some(email.to_owned()),
        display_name: Some(name.to_owned()),
        password: Some(PASSWORD.into()),
    }
}

/// Actor, on whose behalf, action, entity, changed fields alone, time, network, request.
pub async fn auth_12_an_entry_says_who_what_and_from_where(h: Harness) {
    let owner = owner(&h).await;
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    let origin = RequestOrigin {
        ip: Some("2001:db8:85a3:8d3:1319:8a2e:370:7348".parse().unwrap()),
        correlation_id: Some("req-1".to_owned()),
        ..RequestOrigin::default()
    };
    let request = LoginRequest {
        email: "owner@example.org".to_owned(),
        password: PASSWORD.into(),
        device: Default::default(),
    };
    let token = access.login(&origin, request).await.unwrap().token;
    let mut ctx = access.authenticate(&origin, &token).await.unwrap().ctx;
    ctx.on_behalf_of = Some(id(&bob));
    h.pass(60);
    let user = view(&h, &bob).await;
    access.update_user(&ctx, id(&bob), renamed(&user, "Robert", "bob@example.org")).await.unwrap();
    let entries = read(&h, &owner, about(id(&bob).uuid(), Action::UserUpdate)).await;
    let entry = &entries[0];
    assert_eq!((entries.len(), entry.actor), (1, Actor::User(id(&owner))));
    assert_eq!((entry.on_behalf_of, entry.session), (Some(id(&bob)), ctx.session));
    assert_eq!((entry.at, entry.entity.kind.as_ref()), (h.now(), "user"));
    assert_eq!(entry.ip, Some("2001:db8:85a3::".parse().unwrap()));
    assert_eq!(entry.correlation_id.as_deref(), Some("req-1"));
    assert_eq!(entry.changes.len(), 1, "the address stayed");
    assert_eq!(entry.changes[0].field, "display_name");
    assert_eq!((&entry.changes[0].old, &entry.changes[0].new), (&json!("bob"), &json!("Robert")));
}

/// The counts that the log tells of this action, with the network each, the newest first.
async fn counts(h: &Harness, by: &Ctx, action: Action) -> Vec<(u64, Option<IpAddr>)> {
    let filter = AuditFilter { action: Some(action), ..AuditFilter::default() };
    let mut entries = read(h, by, filter).await;
    entries.sort_by_key(|entry| (std::cmp::Reverse(entry.at), std::cmp::Reverse(count(entry))));
    entries.iter().map(|entry| (count(entry), entry.ip)).collect()
}

fn count(entry: &AuditView) -> u64 {
    assert_eq!((entry.actor, entry.entity.kind.as_ref()), (Actor::System, "network"));
    let told = entry.changes.iter().find(|change| change.field == "count");
    told.expect("it says how often").new.as_u64().expect("a number")
}

/// One count for a network and a quarter of an hour: told at the first, at each tenfold, and at the end.
pub async fn auth_17_failures_come_into_the_log_by_network_and_window(h: Harness) {
    let owner = owner(&h).await;
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    let (near, far) = ("203.0.113.9", "2001:db8:1:2::3");
    for number in 0..12 {
        attempt(&h, near, &format!("user{number}"), "not the password").await.unwrap_err();
    }
    attempt(&h, far, "bob", "not the password").await.unwrap_err();
    for _ in 0..3 {
        access.note_refusal(&from(far)).await;
    }
    let near = Some("203.0.113.0".parse().unwrap());
    let far = Some("2001:db8:1::".parse().unwrap());
    let failed = async || counts(&h, &owner, Action::SessionFail).await;
    let mut told = failed().await;
    told.sort_unstable();
    assert_eq!(told, [(1, near), (1, far), (10, near)]);
    assert_eq!(counts(&h, &owner, Action::RequestRefuse).await, [(1, far)]);
    let filter = AuditFilter { action: Some(Action::SessionFail), ..AuditFilter::default() };
    let entries = read(&h, &owner, filter.clone()).await;
    let of = |ip| entries.iter().filter(move |entry| entry.ip == ip).map(|entry| entry.entity.id);
    assert!(of(near).all(|id| Some(id) == of(near).next()), "a network has one id");
    assert_ne!(of(near).next(), of(far).next());
    let shown = serde_json::to_string(&entries).unwrap();
    assert!(!shown.contains("user1") && !shown.contains("not the password"), "{shown}");
    assert!(shown.contains("2024-03-04T09:00:00Z") && shown.contains("2024-03-04T09:15:00Z"));
    forbidden(access.audit(&bob, filter, PageRequest::default()).await);
    h.pass(900);
    let mut told = failed().await;
    told.sort_unstable();
    assert_eq!(told, [(1, near), (1, far), (10, near), (12, near)], "the window is over");
    assert_eq!(counts(&h, &owner, Action::RequestRefuse).await, [(3, far), (1, far)]);
    h.pass(1);
    attempt(&h, HOME, "bob", "not the password").await.unwrap_err();
    access.note_refusal(&RequestOrigin::default()).await;
    access.note_refusal(&RequestOrigin::default()).await;
    forbidden(access.report_refusals(&bob).await);
    access.report_refusals(&Ctx::system()).await.unwrap();
    assert_eq!(failed().await[0], (1, near), "a new window");
    assert_eq!(counts(&h, &owner, Action::RequestRefuse).await[0], (2, None));
}

/// Whoever tries a thousand passwords from hundreds of networks leaves a trace, and no flood of entries.
pub async fn auth_17_however_much_is_tried_the_log_grows_by_little(h: Harness) {
    let access = AccessOptions { report_places: 5, ..AccessOptions::default() };
    let h = h.with_options(EngineOptions { access, ..EngineOptions::default() });
    let owner = owner(&h).await;
    let before = h.audit().await.len();
    for number in 0..300 {
        let name = format!("user{number}");
        attempt(&h, &format!("198.51.{}.1", number % 250), &name, "a guess").await.unwrap_err();
    }
    h.pass(900);
    let told = counts(&h, &owner, Action::SessionFail).await;
    assert!(told.len() <= 6 * 4, "{told:?}");
    assert_eq!(h.audit().await.len(), before + told.len());
    assert_eq!(told[0], (290, None), "those that are not told apart");
}

/// A password that is told to change it, or to change one's address, and a login that is held back.
pub async fn auth_17_every_way_to_tell_a_wrong_password_is_counted(h: Harness) {
    let owner = owner(&h).await;
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    let here = Ctx { ip: Some("203.0.113.0".parse().unwrap()), ..bob.clone() };
    let change =
        PasswordChange { current: "a wrong one".into(), new: "an entirely new one".into() };
    invalid(access.change_password(&here, change).await, "current");
    let user = view(&h, &bob).await;
    let update = UserUpdate {
        password: Some("a wrong one".into()),
        ..renamed(&user, "bob", "robert@example.org")
    };
    invalid(access.update_user(&here, id(&bob), update).await, "password");
    for _ in 0..8 {
        attempt(&h, HOME, "bob", "not the password").await.unwrap_err();
    }
    let near = Some("203.0.113.0".parse().unwrap());
    assert_eq!(counts(&h, &owner, Action::SessionFail).await[0], (10, near));
    assert_eq!(counts(&h, &owner, Action::SessionSlow).await, [(1, near)]);
}

/// Whoever loses the right to see addresses does not see them in the log of last year either.
pub async fn auth_14_values_are_what_the_viewer_may_see_now(h: Harness) {
    let bob = member(&h, "bob").await;
    let user = view(&h, &bob).await;
    let access = h.engine.access();
    let update = renamed(&user, "Robert", "robert@example.org");
    access.update_user(&bob, id(&bob), update).await.unwrap();
    let audits = h.role("auditor", &[P::AuditRead]).await;
    let reads = h.role("reader", &[P::UsersRead]).await;
    let reads_email = h.role("email reader", &[P::UsersReadEmail]).await;
    let auditor = person(&h, "auditor", &[audits.id]).await;
    let seen = async |viewer: &Ctx| {
        let entry = read(&h, viewer, about(id(&bob).uuid(), Action::UserUpdate)).await.remove(0);
        let fields = entry.changes.into_iter();
        fields.map(|change| (change.field, change.old, change.masked)).collect::<Vec<_>>()
    };
    let email = |shown: bool| match shown {
        true => ("email".to_owned(), json!("bob@example.org"), false),
        false => ("email".to_owned(), json!(null), true),
    };
    let name = |shown: bool| match shown {
        true => ("display_name".to_owned(), json!("bob"), false),
        false => ("display_name".to_owned(), json!(null), true),
    };
    let host = Ctx::system();
    let holder = RoleHolder::User(id(&auditor));
    assert_eq!(seen(&auditor).await, [email(false), name(false)]);
    access.grant_role(&host, holder, reads.id).await.unwrap();
    assert_eq!(seen(&auditor).await, [email(false), name(true)]);
    access.grant_role(&host, holder, reads_email.id).await.unwrap();
    assert_eq!(seen(&auditor).await, [email(true), name(true)]);
    access.revoke_role(&host, holder, reads_email.id).await.unwrap();
    assert_eq!(seen(&auditor).await, [email(false), name(true)]);
    // His own account he may see.
    access.grant_role(&host, RoleHolder::User(id(&bob)), audits.id).await.unwrap();
    assert_eq!(seen(&bob).await, [email(true), name(true)]);
}

/// A room's values are for those who may read it now, from where on they see it.
pub async fn auth_14_a_rooms_values_are_for_its_readers(h: Harness) {
    let owner = owner(&h).await;
    let ada = member(&h, "ada").await;
    let chat = h.engine.chat();
    let room = NewRoom {
        kind: RoomKind::Group,
        name: "the secret plan".to_owned(),
        topic: None,
        project: None,
        history: None,
        members: Vec::new(),
    };
    let room = chat.create_room(&ada, room).await.unwrap();
    let opened = async || {
        let filter = about(room.id.uuid(), Action::ChatRoomCreate);
        read(&h, &owner, filter).await.remove(0)
    };
    let masked = async || {
        let entry = opened().await;
        assert!(!entry.changes.is_empty());
        entry.changes.iter().all(|change| change.masked && change.new.is_null())
    };
    assert!(masked().await, "not even an owner reads along");
    assert!(!serde_json::to_string(&opened().await).unwrap().contains("secret"));
    h.pass(1);
    chat.add_member(&ada, room.id, id(&owner), RoomRole::Member).await.unwrap();
    let shown = serde_json::to_string(&opened().await).unwrap();
    assert!(shown.contains("the secret plan"), "nothing was said before he came: {shown}");
    chat.leave(&owner, room.id).await.unwrap();
    assert!(masked().await);
}

/// By entity, actor, action and time, the newest first, in pages bound to the filter.
pub async fn x_11_the_log_is_filtered_and_paged(h: Harness) {
    let owner = owner(&h).await;
    let admin = admin(&h, "admin").await;
    let access = h.engine.access();
    let start = h.now();
    for number in 0..5 {
        h.pass(1);
        person(&h, &format!("user{number}"), &[]).await;
        let by = if number % 2 == 0 { &owner } else { &admin };
        let team = erp_core::access::NewTeam { name: format!("team{number}") };
        access.create_team(by, team).await.unwrap();
    }
    let created = AuditFilter { action: Some(Action::TeamCreate), ..AuditFilter::default() };
    let by_owner = AuditFilter { actor: Some(id(&owner)), ..created.clone() };
    assert_eq!(read(&h, &owner, by_owner.clone()).await.len(), 3);
    let part = AuditFilter {
        from: Some(start + chrono::TimeDelta::seconds(2)),
        until: Some(start + chrono::TimeDelta::seconds(4)),
        ..created.clone()
    };
    assert_eq!(read(&h, &owner, part).await.len(), 2, "from is in, until is not");
    let teams = AuditFilter { entity_kind: Some("team".to_owned()), ..AuditFilter::default() };
    let mut request = PageRequest::first(2);
    let mut seen = Vec::new();
    loop {
        let page = access.audit(&owner, teams.clone(), request.clone()).await.unwrap();
        seen.extend(page.items.into_iter().map(|entry| (entry.at, entry.id)));
        request.cursor = page.next;
        if request.cursor.is_none() {
            break;
        }
        invalid(access.audit(&owner, by_owner.clone(), request.clone()).await, "cursor");
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|one, next| one > next), "{seen:?}");
}

/// Without `audit.read` there is no log.
pub async fn x_7_the_log_is_for_auditors(h: Harness) {
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    forbidden(access.audit(&bob, AuditFilter::default(), PageRequest::default()).await);
    forbidden(access.audit_anchors(&bob).await);
    let auditor = person(&h, "auditor", &[BuiltInRole::ADMIN.id]).await;
    assert!(!read(&h, &auditor, AuditFilter::default()).await.is_empty());
    assert_eq!(access.audit_anchors(&auditor).await.unwrap(), []);
}
