//! Specimens: records with every type of field.

use erp_core::{
    Conflict, Ctx, Error,
    access::{BuiltInRole, RoleHolder},
    change::{EventBody, Version},
    ctx::IdempotencyKey,
    ids::UserId,
    page::PageRequest,
    record::{
        self, Code, FieldType as _, Input, Line, Name, Record as _, Records, Row, Shelf, Told,
    },
};
use serde_json::{Map, Value, json};

use crate::{Harness, Likeness, Specimen, SpecimenId};

fn all(h: &Harness) -> Records<'_, Specimen> {
    h.engine.records()
}

fn specimen(h: &Harness, code: &str) -> Specimen {
    Specimen {
        code: Code::new(code).unwrap(),
        name: Name::new(&format!("The {code}")).unwrap(),
        alias: None,
        text: None,
        email: None,
        phone: None,
        url: None,
        zone: None,
        language: None,
        color: None,
        active: true,
        count: 3,
        percent: None,
        rate: None,
        weight: None,
        worth: None,
        day: None,
        at: h.now(),
        likeness: Likeness::FlatAndWide,
        size: None,
        owner: None,
        definition: None,
        project: None,
        secret: None,
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn fields(refused: Result<Row, Error>) -> Vec<String> {
    match refused {
        Err(Error::Validation(wrong)) => wrong.into_iter().map(|one| one.field).collect(),
        other => panic!("no field is wrong: {other:?}"),
    }
}

/// The audit entry has exactly the fields that changed, the event the whole record; what changes nothing
/// writes nothing.
pub async fn a_record_is_written_with_its_audit_and_its_event(h: Harness) {
    let ctx = Ctx::system();
    let before = h.settled().await;
    let made = all(&h).create(&ctx, specimen(&h, "A-1")).await.unwrap();
    assert_eq!((made.version, made.archived_at, &*made.code), (Version(1), None, "A-1"));
    assert_eq!(all(&h).get(&ctx, made.id).await, Ok(made.clone()));
    h.pass(60);
    let mut now = made.fields.clone();
    now.code = Code::new("a-1").unwrap();
    now.count = 4;
    let changed = all(&h).update(&ctx, made.id, Version(1), now.clone()).await.unwrap();
    assert_eq!((changed.created_at, changed.updated_at), (made.created_at, h.now()));
    assert_eq!(all(&h).update(&ctx, made.id, Version(2), now).await, Ok(changed.clone()));
    let audit = h.audit().await;
    let told: Vec<_> =
        audit[0].changes.iter().map(|one| (&*one.field, &one.old, &one.new)).collect();
    assert_eq!(told, [("code", &json!("A-1"), &json!("a-1")), ("count", &json!(3), &json!(4))]);
    let created = audit[1].changes.iter().map(|one| &*one.field).collect::<Vec<_>>();
    assert_eq!(created, ["code", "name", "active", "count", "at", "likeness"]);
    let events = h.events_after(before).await;
    let bodies: Vec<_> = events.iter().map(|event| event.body.clone()).collect();
    let [EventBody::Other(first), EventBody::Other(second)] = bodies.as_slice() else {
        panic!("two events of records: {bodies:?}")
    };
    assert_eq!((&*first.kind, &*second.kind), ("suite.specimen_created", "suite.specimen_changed"));
    assert_eq!(second.data, Value::Object(changed.row().told(Specimen::KIND)));
    assert_eq!(second.data["likeness"], "flat_and_wide");
    let equal = [Specimen::ACTIVE.is(&true)];
    let page = all(&h).list(&ctx, (Shelf::All, &equal), &PageRequest::default()).await;
    assert_eq!(page.unwrap().items, std::slice::from_ref(&changed));
    let by = async |field, text: &str| {
        let value = record::Value::Text(text.into());
        h.engine.all_records().get_by(&ctx, Specimen::KIND, (field, value)).await
    };
    assert_eq!(by("code", "A-1").await, Ok(changed.row()));
    assert_eq!(by("code", "A-2").await, Err(Error::NotFound { entity: "specimen" }));
    assert_eq!(fields(by("name", "A-1").await), ["name"]);
    all(&h).remove(&ctx, made.id, Version(2)).await.unwrap();
    let gone = Err(Error::NotFound { entity: "specimen" });
    assert_eq!(all(&h).get(&ctx, made.id).await, gone);
    assert_eq!(h.audit().await[0].changes.len(), created.len());
}

/// the same key gives the first answer again; another request with it is refused.
pub async fn x_6_a_record_that_is_created_again_is_created_once(h: Harness) {
    let key = IdempotencyKey::new("make").unwrap();
    let ctx = Ctx::system().with_idempotency_key(key);
    let made = all(&h).create(&ctx, specimen(&h, "A-1")).await.unwrap();
    h.pass(60);
    let mut again = specimen(&h, "A-1");
    again.at = made.at;
    assert_eq!(all(&h).create(&ctx, again).await, Ok(made));
    let other = all(&h).create(&ctx, specimen(&h, "A-2")).await;
    assert_eq!(other, Err(Conflict::IdempotencyKeyReused.into()));
    let taken = all(&h).create(&Ctx::system(), specimen(&h, "a-1")).await;
    assert_eq!(taken, Err(Conflict::taken("specimen", "code").into()));
    assert_eq!(h.audit().await.len(), 1);
}

/// What is sensitive is in answers alone: events name the field, the audit log that it changed, and a request
/// that comes again is answered with what is there now.
pub async fn a_sensitive_field_is_kept_out_of_events_audit_and_stored_answers(h: Harness) {
    let key = IdempotencyKey::new("make").unwrap();
    let ctx = Ctx::system().with_idempotency_key(key);
    let before = h.settled().await;
    let secret = |text: &str| Line::new(text).ok();
    let first = Specimen { secret: secret("the first word"), ..specimen(&h, "A-1") };
    let made = all(&h).create(&ctx, first.clone()).await.unwrap();
    let second = Specimen { secret: secret("the second word"), ..first.clone() };
    let changed = all(&h).update(&Ctx::system(), made.id, Version(1), second).await.unwrap();
    assert_eq!(changed.secret.as_deref(), Some("the second word"));
    assert_eq!(all(&h).create(&ctx, first).await, Ok(changed), "as it is now");
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 2);
    for event in events {
        let EventBody::Other(told) = &event.body else { panic!("{event:?}") };
        assert_eq!((told.data.get("secret"), &told.data["masked"]), (None, &json!(["secret"])));
    }
    let audit = h.audit().await;
    assert_eq!(audit.len(), 2);
    for entry in audit {
        let change = entry.changes.iter().find(|change| change.field == "secret").unwrap();
        assert_eq!((&change.old, &change.new), (&Value::Null, &Value::Null));
    }
}

/// every wrong field is told at once, by its path: of types, forms, parts and references, unknown
/// ones, and across fields.
pub async fn x_17_all_wrong_fields_of_a_record_are_told_by_path(h: Harness) {
    let (ctx, records, kind) = (Ctx::system(), h.engine.all_records(), Specimen::KIND);
    let create = async |body: Value| records.create(&ctx, kind, &Input::Json(object(body))).await;
    let body = json!({ "code": "a b", "name": 7, "alias": "x".repeat(41), "count": "3",
        "percent": "100.001", "rate": 1, "weight": "-0.0001", "day": "9001-01-01",
        "at": "2016-12-31T23:59:60Z", "likeness": "square", "color": "red", "more": true,
        "worth": { "amount": "0.001", "currency": "EUR" }, "size": { "units": 1 },
        "owner": "prj_00000000000000000000000000000000" });
    let wrong = fields(create(body).await);
    let expected = [
        "code",
        "name",
        "alias",
        "color",
        "count",
        "percent",
        "rate",
        "weight",
        "worth",
        "day",
        "at",
        "likeness",
        "size.unit",
        "owner",
        "more",
    ];
    assert_eq!(wrong, expected);
    assert_eq!(fields(create(json!({ "active": null })).await), ["code", "name", "count", "at"]);
    let good = json!({ "code": "A", "name": "B", "count": 1, "at": h.now(), "alias": " " });
    let made = create(good.clone()).await.unwrap();
    let of = |name: &str| made.values[kind.field(name).unwrap().0].clone();
    assert_eq!((of("active"), of("likeness")), (true.to_value(), Likeness::Round.to_value()));
    assert_eq!(of("alias"), None::<Line<40>>.to_value(), "a blank text is none");
    let mut same = good.clone();
    (same["code"], same["alias"]) = (json!("C"), json!("B"));
    assert_eq!(fields(create(same).await), ["alias"]);
    let mut lost = good;
    lost["code"] = json!("D");
    lost["owner"] = json!(UserId::generate(&*h.ids));
    assert_eq!(fields(create(lost).await), ["owner"]);
    let change = async |told: Told, body: Value| {
        let input = Input::Json(object(body));
        records.update(&ctx, kind, (made.id, Version(1)), (told, &input)).await
    };
    assert_eq!(fields(change(Told::Part, json!({ "count": 0 })).await), ["count"]);
    let later = json!({ "at": "2030-01-01T00:00:00Z" });
    assert_eq!(fields(change(Told::Part, later).await), ["at"], "it is fixed");
    let whole = fields(change(Told::Whole, json!({ "name": "E" })).await);
    assert_eq!(whole, ["code", "active", "count", "likeness"]);
    let changed = change(Told::Part, json!({ "name": "E" })).await.unwrap();
    assert_eq!(changed.version, Version(2));
}

/// who has no right learns nothing of whether the record is there, of its version, or of fields.
pub async fn x_23_rights_come_before_presence_versions_and_fields(h: Harness) {
    let guest = Ctx::user(h.user_with_role("eve", BuiltInRole::GUEST).await.id);
    let made = all(&h).create(&Ctx::system(), specimen(&h, "A-1")).await.unwrap();
    let nobody = SpecimenId::generate(&*h.ids);
    let hidden = Err(Error::NotFound { entity: "specimen" });
    for id in [made.id, nobody] {
        for version in [Version(1), Version(9)] {
            let refused = all(&h).update(&guest, id, version, specimen(&h, "B")).await;
            assert_eq!(refused, hidden);
            assert_eq!(all(&h).archive(&guest, id, version).await, hidden);
            let refused = all(&h).remove(&guest, id, version).await;
            assert_eq!(refused, Err(Error::NotFound { entity: "specimen" }));
        }
        assert_eq!(all(&h).get(&guest, id).await, hidden);
    }
    let odd = Input::Json(object(json!({ "odd": 1 })));
    let records = h.engine.all_records();
    let refused = records.create(&guest, Specimen::KIND, &odd).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let seen = (made.id.uuid(), Version(9));
    let refused = records.update(&Ctx::system(), Specimen::KIND, seen, (Told::Part, &odd)).await;
    assert!(matches!(refused, Err(Error::Conflict(Conflict::Version { .. }))), "{refused:?}");
}

/// A caller who has written a record, so that a store may remember his rights, and has lost them since.
async fn who_has_lost_his_rights(h: &Harness, name: &str) -> Ctx {
    let user = h.user_with_role(name, BuiltInRole::OWNER).await.id;
    let ctx = Ctx::user(user).with_idempotency_key(IdempotencyKey::new(name).unwrap());
    all(h).create(&ctx, specimen(h, name)).await.unwrap();
    h.revoke(RoleHolder::User(user), BuiltInRole::OWNER.id).await;
    ctx
}

/// Rights that are taken away are gone with the next call, whatever it is, and whoever lacks them is told no
/// more: of no field, and no answer of before.
pub async fn auth_8_who_has_lost_his_rights_writes_no_record(h: Harness) {
    let made = all(&h).create(&Ctx::system(), specimen(&h, "A-1")).await.unwrap();
    let (id, seen) = (made.id, Version(1));
    let forbidden = |refused: Option<Error>| {
        assert!(matches!(refused, Some(Error::Forbidden { .. })), "{refused:?}");
    };
    let again = who_has_lost_his_rights(&h, "ann").await;
    forbidden(all(&h).create(&again, specimen(&h, "ann")).await.err());
    let new = Ctx { idempotency_key: None, ..who_has_lost_his_rights(&h, "bob").await };
    forbidden(all(&h).create(&new, specimen(&h, "A-2")).await.err());
    let odd = Input::Json(object(json!({ "odd": 1 })));
    let wrong = Ctx { idempotency_key: None, ..who_has_lost_his_rights(&h, "cid").await };
    forbidden(h.engine.all_records().create(&wrong, Specimen::KIND, &odd).await.err());

    let hidden = Some(Error::NotFound { entity: "specimen" });
    let later = Specimen { count: 9, ..made.fields.clone() };
    let changer = who_has_lost_his_rights(&h, "dan").await;
    assert_eq!(all(&h).update(&changer, id, seen, later).await.err(), hidden);
    let archiver = who_has_lost_his_rights(&h, "eve").await;
    assert_eq!(all(&h).archive(&archiver, id, seen).await.err(), hidden);
    let remover = who_has_lost_his_rights(&h, "flo").await;
    assert_eq!(all(&h).remove(&remover, id, seen).await.err(), hidden);
    assert_eq!(all(&h).get(&Ctx::system(), id).await, Ok(made), "nothing was written");
}

/// What a hook adds is written with the change, and not without it.
pub async fn what_goes_along_with_a_change_is_written_with_it(h: Harness) {
    let ctx = Ctx::system();
    let made = all(&h).create(&ctx, specimen(&h, "A-1")).await.unwrap();
    let before = h.settled().await;
    let off = Specimen { active: false, ..made.fields.clone() };
    all(&h).update(&ctx, made.id, Version(1), off.clone()).await.unwrap();
    let later = Specimen { count: 9, ..off };
    all(&h).update(&ctx, made.id, Version(2), later).await.unwrap();
    let events = h.events_after(before).await;
    let kinds: Vec<_> = events.iter().map(|event| event.body.kind()).collect();
    assert_eq!(kinds, ["broadcast.sent", "suite.specimen_changed", "suite.specimen_changed"]);
}

/// Archiving twice archives once, and so does restoring; keys stay taken meanwhile.
pub async fn a_record_is_archived_and_restored_once(h: Harness) {
    let ctx = Ctx::system();
    let made = all(&h).create(&ctx, specimen(&h, "A-1")).await.unwrap();
    let at = h.pass(60);
    let archived = all(&h).archive(&ctx, made.id, Version(1)).await.unwrap();
    assert_eq!((archived.archived_at, archived.version), (Some(at), Version(2)));
    assert_eq!(all(&h).archive(&ctx, made.id, Version(9)).await, Ok(archived));
    let taken = all(&h).create(&ctx, specimen(&h, "A-1")).await;
    assert_eq!(taken, Err(Conflict::taken("specimen", "code").into()));
    for (shelf, count) in [(Shelf::All, 1), (Shelf::Live, 0), (Shelf::Archived, 1)] {
        let page = all(&h).list(&ctx, (shelf, &[]), &PageRequest::default()).await.unwrap();
        assert_eq!(page.items.len(), count, "{shelf:?}");
    }
    let restored = all(&h).restore(&ctx, made.id, Version(2)).await.unwrap();
    assert_eq!((restored.archived_at, restored.version), (None, Version(3)));
    assert_eq!(all(&h).restore(&ctx, made.id, Version(9)).await, Ok(restored));
    let told: Vec<_> = h.audit().await.iter().map(|entry| entry.changes.len()).collect();
    assert_eq!(told[..2], [1, 1]);
}
