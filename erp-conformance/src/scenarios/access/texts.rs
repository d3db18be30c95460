//! The texts of users, roles and teams: what they may be, and when two of them are one.

use erp_core::{
    Conflict, Error,
    access::{NewRole, NewTeam, NewUser, UserUpdate},
    fields::samples,
    forms,
    policy::PermissionSet,
};

use super::{attempt, directory::search, invalid, log_in, member, new_user, owner, view};
use crate::{Harness, scenarios::UNSEEN};

/// a name of a user, a role or a team has something that can be seen, and stays on its line.
pub async fn x_20_a_name_can_be_seen_and_stays_on_its_line(h: Harness) {
    let owner = owner(&h).await;
    let access = h.engine.access();
    let bob = view(&h, &member(&h, "bob").await).await;
    let unseen = || UNSEEN.iter().map(|text| (*text).to_owned());
    for name in unseen().chain(samples::wrong(&forms::NAME)) {
        let new = NewUser { display_name: name.clone(), ..new_user("new", &[]) };
        invalid(access.create_user(&owner, new).await, "display_name");
        let display_name = Some(name);
        let update =
            UserUpdate { expected: bob.version, email: None, display_name, password: None };
        invalid(access.update_user(&owner, bob.id, update).await, "display_name");
    }
    for name in unseen().chain(samples::wrong(&forms::SHORT_NAME)) {
        let role = NewRole { name: name.clone(), permissions: PermissionSet::EMPTY };
        invalid(access.create_role(&owner, role).await, "name");
        invalid(access.create_team(&owner, NewTeam { name }).await, "name");
    }
    for email in ["a\u{200b}@example.org", "\u{3164}@example.org", "a\u{202e}b@example.org"] {
        let new = NewUser { email: email.to_owned(), ..new_user("new", &[]) };
        invalid(access.create_user(&owner, new).await, "email");
    }
    for name in samples::edges(&forms::NAME) {
        let display_name = Some(name.clone());
        let expected = view(&h, &erp_core::Ctx::user(bob.id)).await.version;
        let update = UserUpdate { expected, email: None, display_name, password: None };
        let kept = access.update_user(&owner, bob.id, update).await.unwrap().display_name;
        assert_eq!(Ok(kept), forms::NAME.canonical(&name));
    }
}

/// an address, a name and a search are the same in each normal form and each case.
pub async fn x_19_what_looks_the_same_is_one_person_role_or_team(h: Harness) {
    let owner = owner(&h).await;
    let access = h.engine.access();
    let of = |email: &str, name: &str| NewUser {
        email: email.to_owned(),
        display_name: name.to_owned(),
        ..new_user("x", &[])
    };
    let zoe = access.create_user(&owner, of("Zoe\u{308}@example.org", "Zoe\u{308}")).await.unwrap();
    assert_eq!(zoe.display_name, "Zoë");
    assert_eq!(zoe.email.as_ref().map(|email| email.as_str()), Some("Zoë@example.org"));
    let again = access.create_user(&owner, of("ZOË@EXAMPLE.org", "other")).await;
    assert_eq!(again.unwrap_err(), Error::Conflict(Conflict::taken("user", "email")));
    for name in ["zoë", "ZOE\u{308}"] {
        log_in(&h, name).await;
        let refused = attempt(&h, super::HOME, name, "wrong horse battery").await;
        assert_eq!(refused.map(|outcome| outcome.session.user), Err(Error::Unauthenticated));
        let found = search(&h, &owner, name).await;
        assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), [zoe.id], "{name}");
    }
    let team = |name: &str| NewTeam { name: name.to_owned() };
    assert_eq!(access.create_team(&owner, team("Straße")).await.unwrap().name, "Straße");
    for name in ["STRASSE", "stra\u{1e9e}e", " strasse "] {
        let taken = access.create_team(&owner, team(name)).await;
        assert_eq!(taken, Err(Error::Conflict(Conflict::taken("team", "name"))), "{name}");
    }
    let role = |name: &str| NewRole { name: name.to_owned(), permissions: PermissionSet::EMPTY };
    access.create_role(&owner, role("\u{130}nci")).await.unwrap();
    for name in ["i\u{307}nci", "I\u{307}NCI"] {
        let taken = access.create_role(&owner, role(name)).await;
        assert_eq!(taken, Err(Error::Conflict(Conflict::taken("role", "name"))), "{name}");
    }
    access.create_role(&owner, role("inci")).await.expect("no language is preferred");
}
