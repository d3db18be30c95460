//! Coming in, going out, and what a member may do.

use erp_core::{
    Error,
    access::UserStatus,
    change::{Audience, Version},
    page::PageRequest,
    projects::{ProjectDetails, ProjectQuery, ProjectRole},
};
use futures::future::join_all;

use super::{id, new_project, person, project};
use crate::Harness;

fn forbidden<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::Forbidden { .. })), "{result:?}");
}

/// Viewers and members see, managers change the project and those below them, owners all.
pub async fn roles_say_who_may_do_what(h: Harness) {
    let mut people = Vec::new();
    for name in ["own", "man", "mem", "vie"] {
        people.push(person(&h, name).await);
    }
    let [own, man, mem, vie] = &people[..] else { panic!("four people") };
    let members =
        [(man, ProjectRole::Manager), (mem, ProjectRole::Member), (vie, ProjectRole::Viewer)];
    let projects = h.engine.projects();
    let p = projects.create(own, new_project("P", &members)).await.unwrap().id;
    for ctx in &people {
        projects.project(ctx, p).await.unwrap();
    }
    for ctx in [mem, vie] {
        forbidden(projects.update(ctx, p, Version(1), ProjectDetails::named("x")).await);
        forbidden(projects.put_member(ctx, p, id(ctx), ProjectRole::Owner).await);
        forbidden(projects.remove_member(ctx, p, id(vie)).await);
        forbidden(projects.delete(ctx, p, Version(1)).await);
    }
    projects.update(man, p, Version(1), ProjectDetails::named("x")).await.unwrap();
    projects.put_member(man, p, id(vie), ProjectRole::Member).await.unwrap();
    forbidden(projects.put_member(man, p, id(vie), ProjectRole::Manager).await);
    forbidden(projects.put_member(man, p, id(man), ProjectRole::Owner).await);
    forbidden(projects.put_member(man, p, id(own), ProjectRole::Viewer).await);
    forbidden(projects.remove_member(man, p, id(own)).await);
    forbidden(projects.delete(man, p, Version(2)).await);
    projects.remove_member(man, p, id(vie)).await.unwrap();
    projects.remove_member(man, p, id(vie)).await.expect("out is out");
    projects.put_member(own, p, id(man), ProjectRole::Owner).await.unwrap();
    projects.put_member(man, p, id(own), ProjectRole::Viewer).await.unwrap();
    projects.delete(man, p, Version(2)).await.unwrap();
}

/// The last owner neither leaves, nor is taken out or demoted.
pub async fn a_project_keeps_an_owner(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await.id;
    let projects = h.engine.projects();
    let kept = |result: Result<(), Error>| {
        assert!(matches!(result, Err(Error::Precondition(_))), "{result:?}");
    };
    kept(projects.leave(&ada, p).await);
    kept(projects.remove_member(&ada, p, id(&ada)).await);
    kept(projects.put_member(&ada, p, id(&ada), ProjectRole::Manager).await);
    projects.put_member(&ada, p, id(&bob), ProjectRole::Owner).await.unwrap();
    projects.leave(&ada, p).await.unwrap();
    kept(projects.leave(&bob, p).await);
}

/// Two owners leave at the same time: whatever the order, one stays.
pub async fn x_18_of_two_owners_who_leave_at_once_one_stays(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    for round in 0..10 {
        let new = new_project(&format!("P{round}"), &[(&bob, ProjectRole::Owner)]);
        let p = h.engine.projects().create(&ada, new).await.unwrap().id;
        let leaving = [&ada, &bob].map(|ctx| {
            let (engine, ctx) = (h.engine.clone(), ctx.clone());
            tokio::spawn(async move { engine.projects().leave(&ctx, p).await })
        });
        let left = join_all(leaving).await.into_iter().filter(|one| matches!(one, Ok(Ok(()))));
        assert_eq!(left.count(), 1);
        assert_eq!(h.store.projects().owners(p).await.unwrap().len(), 1);
    }
}

/// Members who are put in at once are all in.
pub async fn concurrent_joins_lose_none(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await.id;
    let mut people = Vec::new();
    for n in 0..6 {
        people.push(id(&person(&h, &format!("p{n}")).await));
    }
    let puts = people.into_iter().map(|user| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        tokio::spawn(async move {
            engine.projects().put_member(&ada, p, user, ProjectRole::Member).await
        })
    });
    for put in join_all(puts).await {
        put.unwrap().unwrap();
    }
    let project = h.read_project(p).await;
    assert_eq!((project.member_count, project.roster.0), (7, 7));
}

/// However a change races with its author's removal: it is written before, or refused.
pub async fn x_18_a_change_is_refused_once_its_author_is_out(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let new = new_project("P", &[(&bob, ProjectRole::Manager)]);
    let p = h.engine.projects().create(&ada, new).await.unwrap().id;
    let writer = {
        let (engine, bob) = (h.engine.clone(), bob.clone());
        tokio::spawn(async move {
            let mut version = Version(1);
            loop {
                let details = ProjectDetails::named(format!("name {version}"));
                match engine.projects().update(&bob, p, version, details).await {
                    Ok(project) => version = project.version,
                    Err(error) => return (version, error),
                }
            }
        })
    };
    h.engine.projects().remove_member(&ada, p, id(&bob)).await.unwrap();
    let at_removal = h.read_project(p).await.version;
    let (written, error) = writer.await.unwrap();
    assert_eq!(error, Error::NotFound { entity: "project" });
    assert_eq!(h.read_project(p).await.version, at_removal, "nothing after the removal");
    assert_eq!(written, at_removal);
}

/// From the commit on that takes someone out he sees nothing, and is told of it.
pub async fn proj_14_who_left_sees_nothing_more(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await.id;
    let projects = h.engine.projects();
    let before = h.settled().await;
    projects.leave(&bob, p).await.unwrap();
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].audience, [Audience::Project(p), Audience::User(id(&bob))]);
    assert_eq!(projects.project(&bob, p).await, Err(Error::NotFound { entity: "project" }));
    let page = PageRequest::default();
    let listed = projects.projects(&bob, ProjectQuery::default(), &page).await.unwrap();
    assert!(listed.items.is_empty());
}

/// Nobody who is not let in is put into a project; who was in it stays in its history.
pub async fn x_15_only_active_users_are_put_in(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[]).await.id;
    h.set_status(id(&bob), UserStatus::Deactivated).await;
    let projects = h.engine.projects();
    for user in [id(&bob), erp_core::ids::UserId::generate(&*h.ids)] {
        let refused = projects.put_member(&ada, p, user, ProjectRole::Member).await;
        assert_eq!(refused, Err(Error::invalid("user", "no such active user")));
    }
    assert_eq!(h.read_project(p).await.member_count, 1);
}
