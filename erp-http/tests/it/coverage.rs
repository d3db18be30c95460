//! Every operation of the document, by everyone who should not be let in, and by everyone else.

use std::fmt::Write as _;

use chrono::TimeDelta;
use erp_core::Ctx;
use reqwest::Method;

use super::{
    call::Answer,
    requests::{Operation, operations},
    world::{Person, World},
};

async fn ask(world: &World, operation: &Operation, token: Option<&str>) -> Answer {
    let (path, body) = operation.request(world);
    let mut call = world.call(operation.method(), &path);
    if let Some(token) = token {
        call = call.token(token);
    }
    if let Some(body) = body {
        call = call.json(&body);
    }
    call.send().await
}

/// Asks as this person: in the shared world when that changes nothing, else in a world of its own.
async fn ask_as(shared: &World, operation: &Operation, person: Person) -> Answer {
    if operation.method() == Method::GET {
        ask(shared, operation, Some(&shared.token(person).await)).await
    } else {
        let own = World::start().await;
        ask(&own, operation, Some(&own.token(person).await)).await
    }
}

fn behind_login() -> impl Iterator<Item = Operation> {
    operations().into_iter().filter(|operation| operation.needs_login)
}

#[tokio::test]
async fn x_7_nothing_is_answered_without_a_login() {
    let world = World::start().await;
    for operation in behind_login() {
        for token in [None, Some("not-a-token")] {
            let answer = ask(&world, &operation, token).await;
            assert_eq!(answer.status, 401, "{}", operation.id);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    let open: Vec<_> =
        operations().into_iter().filter(|operation| !operation.needs_login).collect();
    let open: Vec<_> = open.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(open, ["health", "login"]);
}

#[tokio::test]
async fn auth_3_nothing_is_answered_to_an_expired_session() {
    let world = World::start().await;
    let token = world.token(Person::Owner).await;
    world.advance(world.engine.options().access.session_idle + TimeDelta::seconds(1));
    for operation in behind_login() {
        assert_eq!(ask(&world, &operation, Some(&token)).await.status, 401, "{}", operation.id);
    }
}

#[tokio::test]
async fn auth_2_nothing_is_answered_to_a_deactivated_user() {
    let world = World::start().await;
    let token = world.token(Person::Bob).await;
    let (system, bob) = (Ctx::system(), world.id(Person::Bob));
    let version = world.engine.access().user(&system, bob).await.unwrap().version;
    world.engine.access().deactivate_user(&system, bob, version).await.unwrap();
    for operation in behind_login() {
        assert_eq!(ask(&world, &operation, Some(&token)).await.status, 401, "{}", operation.id);
    }
}

/// What a guest may do who belongs to no room: use his own account, and see that there is nothing.
const OF_A_STRAY_GUEST: &[&str] = &[
    "change_password",
    "change_tasks",
    "end_other_sessions",
    "list_own_ready_tasks",
    "list_projects",
    "list_rooms",
    "logout",
    "me",
    "online_users",
    "own_sessions",
    "running_timer",
    "search_tasks",
    "stream",
    "unread",
    "user_cards",
];

#[tokio::test]
async fn x_7_a_guest_reaches_nothing_but_his_own() {
    let world = World::start().await;
    for operation in behind_login() {
        let answer = ask_as(&world, &operation, Person::Stray).await;
        let allowed = OF_A_STRAY_GUEST.contains(&operation.id.as_str());
        assert_eq!(answer.status < 300, allowed, "{}: {}", operation.id, answer.json);
        if ["user_cards", "list_projects"].contains(&operation.id.as_str()) {
            assert_eq!(answer.json["items"].as_array().unwrap().len(), 0, "nothing he may see");
        }
    }
}

#[tokio::test]
async fn chat_7_and_proj_14_a_removed_member_finds_no_such_room_or_project() {
    let world = World::start().await;
    let token = world.token(Person::Left).await;
    let never = world.token(Person::Stray).await;
    let mut asked = 0;
    for operation in behind_login() {
        let (path, body) = operation.request(&world);
        let about = format!("{path} {}", body.unwrap_or_default());
        let things = &world.things;
        let things = [
            things.group.to_string(),
            things.message.to_string(),
            things.project.to_string(),
            things.task.to_string(),
            things.whole.to_string(),
            things.time.to_string(),
            things.milestone.to_string(),
            things.attachment.to_string(),
            things.pending.to_string(),
            things.phase.to_string(),
        ];
        if things.iter().any(|id| about.contains(id.as_str())) {
            let answer = ask(&world, &operation, Some(&token)).await;
            if operation.id == "change_tasks" {
                assert_eq!(answer.json["items"][0]["refused"]["status"], 404, "task by task");
            } else {
                assert_eq!(answer.status, 404, "{}: {}", operation.id, answer.json);
            }
            // Nor can he tell it from one that he never knew.
            assert_eq!(answer.json, ask(&world, &operation, Some(&never)).await.json);
            asked += 1;
        }
    }
    assert!(asked >= 40, "{asked}");
}

#[tokio::test]
async fn x_17_operation_by_person_is_as_written_down() {
    let world = World::start().await;
    let mut table = format!("{:26}", "operation");
    for person in Person::ALL {
        write!(table, "{:7}", format!("{person:?}").to_lowercase()).unwrap();
    }
    for operation in operations() {
        write!(table, "\n{:26}", operation.id).unwrap();
        for person in Person::ALL {
            let status = ask_as(&world, &operation, person).await.status;
            write!(table, "{status:<7}").unwrap();
        }
    }
    let table: Vec<_> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"));
}
