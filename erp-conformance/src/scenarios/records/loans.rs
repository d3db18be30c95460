//! Loans: records that are deleted and restored.

use chrono::NaiveDate;
use erp_core::{
    Conflict, Ctx, Error,
    access::BuiltInRole,
    change::Version,
    ids::UserId,
    page::PageRequest,
    record::{Code, Day, Records, Shelf},
};

use crate::{Harness, Loan};

fn all(h: &Harness) -> Records<'_, Loan> {
    h.engine.records()
}

async fn keeper(h: &Harness) -> Ctx {
    Ctx::user(h.user_with_role("keeper", BuiltInRole::OWNER).await.id)
}

fn loan(borrower: UserId, day: u32) -> Loan {
    let since = NaiveDate::from_ymd_opt(2025, 6, day).expect("a day");
    Loan { borrower, project: None, since: Day::new(since).unwrap(), slip: None, price: None }
}

/// a deleted record is there no more, by id, by key and in the list, until it is restored; each is done
/// once, audited and told.
pub async fn x_9_a_deleted_record_is_gone_until_it_is_restored(h: Harness) {
    let (ctx, ann) = (keeper(&h).await, h.user("ann").await.id);
    let slip = Code::new("A-1").ok();
    let made = all(&h).create(&ctx, Loan { slip: slip.clone(), ..loan(ann, 1) }).await.unwrap();
    let other = all(&h).create(&ctx, loan(ann, 2)).await.unwrap();
    let before = h.settled().await;
    let at = h.pass(60);
    let gone = all(&h).delete(&ctx, made.id, Version(1)).await.unwrap();
    assert_eq!((gone.archived_at, gone.version), (Some(at), Version(2)));
    assert_eq!(all(&h).delete(&ctx, made.id, Version(9)).await, Ok(gone.clone()), "once");
    let missing = Error::NotFound { entity: "loan" };
    assert_eq!(all(&h).get(&ctx, made.id).await, Err(missing.clone()));
    assert_eq!(all(&h).get_by(&ctx, Loan::SLIP.is(&slip)).await, Err(missing.clone()));
    let update = all(&h).update(&ctx, made.id, Version(2), loan(ann, 3)).await;
    assert_eq!(update, Err(missing));
    let listed = all(&h).list(&ctx, (Shelf::Live, &[]), &PageRequest::default()).await.unwrap();
    assert_eq!(listed.items, [other]);

    // Its day is free meanwhile, and it comes back when that is free again.
    let same = all(&h).create(&ctx, loan(ann, 1)).await.unwrap();
    let taken = Err(Conflict::taken("loan", "since").into());
    assert_eq!(all(&h).restore(&ctx, made.id, Version(2)).await, taken);
    all(&h).delete(&ctx, same.id, Version(1)).await.unwrap();
    let back = all(&h).restore(&ctx, made.id, Version(2)).await.unwrap();
    assert_eq!((back.archived_at, back.version, &back.fields), (None, Version(3), &made.fields));
    assert_eq!(all(&h).restore(&ctx, made.id, Version(9)).await, Ok(back.clone()), "once");
    assert_eq!(all(&h).get(&ctx, made.id).await, Ok(back));
    let told: Vec<String> =
        h.events_after(before).await.iter().map(|event| event.body.kind().into_owned()).collect();
    let kinds = ["deleted", "created", "deleted", "restored"];
    assert_eq!(told, kinds.map(|verb| format!("suite.loan_{verb}")));
    let audit = h.audit().await;
    assert_eq!(audit[0].changes[0].field, "deleted_at");
}
