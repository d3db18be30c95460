//! Hourly rates, and what a project costs.

use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx, Error,
    access::{BuiltInRole, RoleHolder},
    change::{Audience, Version},
    ids::{ProjectId, RateId, UserId},
    money::{Currency, Decimal, Money, Rounding},
    page::PageRequest,
    policy::Permission,
    projects::{HourlyRate, ProjectDetails, TimeSpent},
    record::{Day, Records, Shelf, Stored},
    time::tz::Zone,
};

use super::{id, person, project, task};
use crate::{Harness, random::Random};

fn euro(amount: &str) -> Money {
    let currency = Currency::new("EUR").expect("a currency");
    Money::new(amount.parse().expect("a number"), currency).expect("an amount")
}

fn all(h: &Harness) -> Records<'_, HourlyRate> {
    h.engine.records()
}

fn new(user: UserId, project: Option<ProjectId>, day: &str, amount: &str) -> HourlyRate {
    let valid_from = Day::new(format!("2024-{day}").parse().expect("a day")).expect("a day");
    HourlyRate { user, project, valid_from, rate: euro(amount) }
}

/// Those of a user that are not deleted.
async fn of(h: &Harness, ctx: &Ctx, user: UserId) -> erp_core::Result<Vec<Stored<HourlyRate>>> {
    let of_user = [HourlyRate::USER.is(&user)];
    let page = all(h).list(ctx, (Shelf::Live, &of_user), &PageRequest::default()).await?;
    Ok(page.items)
}

async fn admin(h: &Harness) -> Ctx {
    Ctx::user(h.user_with_role("admin", BuiltInRole::ADMIN).await.id)
}

/// Who may see rates writes them down, changes and deletes them; members do not even see their own.
pub async fn rates_are_of_those_who_may_see_them(h: Harness) {
    let (root, ada) = (admin(&h).await, person(&h, "ada").await);
    let before = h.settled().await;
    let made = all(&h).create(&root, new(id(&ada), None, "03-01", "60")).await.unwrap();
    assert_eq!((made.rate, made.version), (euro("60"), Version(1)));
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].audience, [Audience::Holders(Permission::RatesRead)]);
    let twice = all(&h).create(&root, new(id(&ada), None, "03-01", "70")).await;
    assert_eq!(twice, Err(Conflict::taken("rate", "valid_from").into()));
    for wrong in [
        new(id(&ada), None, "03-02", "-1"),
        new(UserId::generate(&*h.ids), None, "03-02", "1"),
        new(id(&ada), Some(ProjectId::generate(&*h.ids)), "03-02", "1"),
    ] {
        let refused = all(&h).create(&root, wrong).await;
        assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    }
    let v = Version(1);
    let to = new(id(&ada), None, "03-01", "61");
    for unknown in [made.id, RateId::generate(&*h.ids)] {
        let refused = [
            of(&h, &ada, id(&ada)).await.err(),
            all(&h).create(&ada, new(id(&ada), None, "03-02", "99")).await.err(),
        ];
        for refused in refused {
            assert!(matches!(refused, Some(Error::Forbidden { .. })), "{refused:?}");
        }
        let hidden = [
            all(&h).get(&ada, unknown).await.err(),
            all(&h).update(&ada, unknown, v, to.clone()).await.err(),
            all(&h).delete(&ada, unknown, v).await.err(),
        ];
        assert_eq!(hidden, [const { Some(Error::NotFound { entity: "rate" }) }; 3]);
    }
    let changed = all(&h).update(&root, made.id, v, to.clone()).await.unwrap();
    assert_eq!((changed.rate, changed.version), (euro("61"), Version(2)));
    let settled = h.settled().await;
    let same = all(&h).update(&root, made.id, Version(2), to.clone()).await;
    assert_eq!(same, Ok(changed.clone()));
    assert_eq!(h.settled().await, settled, "nothing changed");
    let stale = all(&h).update(&root, made.id, v, to).await;
    let current = Conflict::Version { entity: "rate".into(), current: Version(2) };
    assert_eq!(stale, Err(current.into()));
    assert_eq!(of(&h, &root, id(&ada)).await, Ok(vec![changed]));
    all(&h).delete(&root, made.id, Version(2)).await.unwrap();
    all(&h).delete(&root, made.id, Version(2)).await.expect("twice is once");
    assert_eq!(of(&h, &root, id(&ada)).await, Ok(vec![]));
}

/// PROJ-12: each entry at the rate that is valid on its day in the project's zone, rounded once; against
/// the budget; for those alone who may see rates.
pub async fn proj_12_a_projects_cost_is_at_the_rates_of_the_days(h: Harness) {
    let (root, ada) = (admin(&h).await, person(&h, "ada").await);
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let zone = "Europe/Berlin".to_owned();
    let details = ProjectDetails { budget: Some(euro("100")), zone, ..p.details.clone() };
    projects.update(&ada, p.id, Version(1), details).await.unwrap();
    let on = task(&h, &ada, &p, "t").await.id;
    h.clock.set("2024-03-10T00:00:00Z".parse().unwrap());
    for (start, minutes) in [
        ("2024-03-03T12:00:00Z", 60),
        // On the 5th in Berlin, still on the 4th in UTC.
        ("2024-03-04T23:00:00Z", 20),
        ("2024-03-06T12:00:00Z", 20),
        ("2024-03-08T12:00:00Z", 10),
    ] {
        let started_at = start.parse().unwrap();
        let ended_at = Some(started_at + TimeDelta::minutes(minutes));
        let spent = TimeSpent { started_at, ended_at, note: None };
        projects.log_time(&ada, on, spent).await.unwrap();
    }
    let cost = async || projects.summary(&root, p.id).await.unwrap().cost.unwrap();
    let none = cost().await;
    assert_eq!((none.costs.len(), none.unrated_us), (0, 110 * 60_000_000));
    all(&h).create(&root, new(id(&ada), None, "03-04", "10")).await.unwrap();
    all(&h).create(&root, new(id(&ada), None, "03-05", "20")).await.unwrap();
    // A third of 20, a third of 50, a sixth of 50.
    let own = all(&h).create(&root, new(id(&ada), Some(p.id), "03-06", "50")).await.unwrap();
    let now = cost().await;
    assert_eq!((now.costs, now.unrated_us), (vec![euro("31.67")], 60 * 60_000_000));
    assert_eq!(now.budget_left, Some(euro("68.33")));
    assert_eq!(projects.summary(&ada, p.id).await.unwrap().cost, None, "she sees no rates");
    all(&h).delete(&root, own.id, Version(1)).await.unwrap();
    assert_eq!(cost().await.costs, [euro("16.67")]);
}

/// PROJ-12: after random rates and entries the cost is that of each entry alone, added up.
pub async fn proj_12_cost_is_the_sum_over_entries(h: Harness) {
    let (root, ada, bob) = (admin(&h).await, person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let projects = h.engine.projects();
    let on = task(&h, &ada, &p, "t").await.id;
    let start = h.now();
    h.pass(10 * 86_400);
    let mut random = Random::new(3);
    let mut rates: Vec<Stored<HourlyRate>> = Vec::new();
    for _ in 0..14 {
        let user = if random.percent(50) { &ada } else { &bob };
        let within = random.percent(50).then_some(p.id);
        let day = format!("03-{:02}", 4 + random.below(8));
        let amount = (1 + random.below(200)).to_string();
        rates.extend(all(&h).create(&root, new(id(user), within, &day, &amount)).await.ok());
    }
    let mut exact = Decimal::ZERO;
    for n in 0..60_i64 {
        let user = if random.percent(50) { &ada } else { &bob };
        let started_at = start + TimeDelta::hours(n * 4);
        let seconds = i64::try_from(1 + random.below(9_000)).unwrap();
        let ended_at = Some(started_at + TimeDelta::seconds(seconds));
        let spent = TimeSpent { started_at, ended_at, note: None };
        projects.log_time(user, on, spent).await.unwrap();
        let day = Zone::utc().date_of(started_at).unwrap();
        let began =
            rates.iter().filter(|rate| rate.user == id(user) && rate.valid_from.get() <= day);
        let valid = began.max_by_key(|rate| (rate.project.is_some(), rate.valid_from));
        if let Some(valid) = valid {
            exact += valid.rate.amount() * Decimal::from(seconds);
        }
    }
    let expected = Rounding::HalfUp.round(exact / Decimal::from(3_600), 2);
    let cost = projects.summary(&root, p.id).await.unwrap().cost.unwrap();
    assert_eq!(cost.costs.iter().map(Money::amount).collect::<Vec<_>>(), [expected]);
}

/// PROJ-14: rates of a project that the caller does not see are none, even for those who see rates.
pub async fn proj_14_rates_of_hidden_projects_look_like_none(h: Harness) {
    let (root, ada) = (admin(&h).await, person(&h, "ada").await);
    let p = project(&h, "P", &ada, &[]).await;
    let rights = [Permission::RatesRead, Permission::RatesManage, Permission::ProjectsUse];
    let keeper = h.user("keeper").await.id;
    let role = h.role("keepers", &rights).await.id;
    h.grant(RoleHolder::User(keeper), role).await;
    let keeper = Ctx::user(keeper);
    let projects = h.engine.projects();
    let before = h.settled().await;
    let made = all(&h).create(&root, new(id(&ada), Some(p.id), "03-01", "60")).await.unwrap();
    assert_eq!(h.events_after(before).await[0].audience, [], "nobody is told");
    assert_eq!(of(&h, &keeper, id(&ada)).await, Ok(vec![]));
    let missing = Error::NotFound { entity: "rate" };
    let to = new(id(&ada), Some(p.id), "03-01", "1");
    let refused = all(&h).update(&keeper, made.id, Version(1), to).await;
    assert_eq!(refused, Err(missing.clone()));
    assert_eq!(all(&h).delete(&keeper, made.id, Version(1)).await, Err(missing.clone()));
    assert_eq!(all(&h).get(&keeper, made.id).await, Err(missing));
    let refused = all(&h).create(&keeper, new(id(&ada), Some(p.id), "03-02", "1")).await;
    assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    let general = all(&h).create(&keeper, new(id(&ada), None, "03-02", "1")).await.unwrap();
    assert_eq!(of(&h, &keeper, id(&ada)).await, Ok(vec![general]));
    let hidden = projects.summary(&keeper, p.id).await;
    assert_eq!(hidden, Err(Error::NotFound { entity: "project" }));
}
