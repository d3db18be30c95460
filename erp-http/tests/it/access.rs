//! Users, roles, teams and the audit log, as an administrator uses them.

use erp_core::access::BuiltInRole;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{PASSWORD, Person, World};

const OWNER: Person = Person::Owner;

#[tokio::test]
async fn a_user_is_created_found_changed_shut_out_and_let_in() {
    let world = World::start().await;
    let new = json!({
        "email": "zoe@example.org",
        "display_name": "Zoe",
        "password": PASSWORD,
        "roles": [BuiltInRole::MEMBER.id],
    });
    let user = world.send(OWNER, Method::POST, "/api/users", new.clone()).await.expect(201);
    let again = world.send(OWNER, Method::POST, "/api/users", new).await.expect(409);
    assert_eq!(again["conflict"], "email_taken");
    let found = world.get(OWNER, "/api/users?search=ZOE").await.expect(200);
    assert_eq!(found["items"], json!([user]));
    let path = format!("/api/users/{}", user["id"].as_str().unwrap());
    let rename = json!({ "expected": 1, "display_name": "Zoë" });
    let user = world.send(OWNER, Method::PATCH, &path, rename.clone()).await.expect(200);
    let stale = world.send(OWNER, Method::PATCH, &path, rename).await.expect(409);
    assert_eq!(stale["current"], user["version"]);
    let mut version = user["version"].clone();
    for (verb, status) in [("deactivate", "deactivated"), ("reactivate", "active")] {
        let seen = json!({ "expected": version });
        let user = world.send(OWNER, Method::POST, &format!("{path}/{verb}"), seen).await;
        let user = user.expect(200);
        assert_eq!(user["status"], status);
        version = user["version"].clone();
    }
    let call = world.by(OWNER, Method::DELETE, &format!("{path}?expected={version}")).await;
    let gone = call.send().await.expect(200);
    assert_eq!(gone["status"], "deleted");
    let seen = json!({ "expected": gone["version"] });
    let back = world.send(OWNER, Method::POST, &format!("{path}/restore"), seen).await;
    assert_eq!(back.expect(200)["status"], "active");
}

#[tokio::test]
async fn an_address_is_shown_to_those_who_may_see_it() {
    let world = World::start().await;
    let path = format!("/api/users/{}", world.id(Person::Bob));
    assert_eq!(world.get(OWNER, &path).await.expect(200)["email"], Person::Bob.email());
    assert_eq!(world.get(Person::Bob, &path).await.expect(200)["email"], Person::Bob.email());
    assert_eq!(world.get(Person::Ann, &path).await.expect(200).get("email"), None);
    world.get(Person::Stray, &path).await.expect(404);
    let cards = format!("/api/users/cards?ids={},{}", world.id(Person::Bob), world.id(OWNER));
    let cards = world.get(Person::Gus, &cards).await.expect(200);
    let names: Vec<_> = cards["items"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 1, "a guest sees those whom he shares a room with: {cards}");
    assert_eq!(names[0]["display_name"], "Bob");
}

#[tokio::test]
async fn auth_7_the_last_owner_stays() {
    let world = World::start().await;
    let owner = world.id(OWNER);
    let role = format!("/api/users/{owner}/roles/{}", BuiltInRole::OWNER.id);
    let refused = world.by(OWNER, Method::DELETE, &role).await.send().await.expect(409);
    assert_eq!(refused["conflict"], "last_owner");
    let seen = json!({ "expected": 1 });
    let path = format!("/api/users/{owner}/deactivate");
    world.send(OWNER, Method::POST, &path, seen).await.expect(409);
}

#[tokio::test]
async fn auth_9_an_admin_makes_no_owner() {
    let world = World::start().await;
    let grant =
        |role: BuiltInRole| format!("/api/users/{}/roles/{}", world.id(Person::Bob), role.id);
    let put = async |path: String| world.by(Person::Admin, Method::PUT, &path).await.send().await;
    put(grant(BuiltInRole::OWNER)).await.expect(403);
    put(grant(BuiltInRole::ADMIN)).await.expect(204);
    let roles = world.get(OWNER, &format!("/api/users/{}/roles", world.id(Person::Bob))).await;
    let roles = roles.expect(200);
    let names: Vec<_> =
        roles["items"].as_array().unwrap().iter().map(|role| role["name"].clone()).collect();
    assert_eq!(names, ["admin", "Helpers", "member"]);
}

#[tokio::test]
async fn auth_1_an_admins_reset_ends_all_sessions() {
    let world = World::start().await;
    let token = world.token(Person::Bob).await;
    let path = format!("/api/users/{}/password", world.id(Person::Bob));
    let new = json!({ "new": "a password from above" });
    world.send(Person::Admin, Method::PUT, &path, new).await.expect(204);
    assert_eq!(world.call(Method::GET, "/api/auth/me").token(&token).send().await.status, 401);
}

#[tokio::test]
async fn auth_8_a_teams_role_is_its_members_and_goes_with_it() {
    let world = World::start().await;
    let team = format!("/api/teams/{}", world.things.team);
    let role = format!("{team}/roles/{}", BuiltInRole::ADMIN.id);
    let may = async || {
        let me = world.get(Person::Stray, "/api/auth/me").await.expect(200);
        me["permissions"].as_array().unwrap().contains(&json!("users.manage"))
    };
    let call = async |method, path: &str| world.by(OWNER, method, path).await.send().await;
    call(Method::PUT, &role).await.expect(204);
    let inner = format!("{team}/teams/{}", world.things.inner_team);
    let member =
        format!("/api/teams/{}/members/{}", world.things.inner_team, world.id(Person::Stray));
    call(Method::PUT, &member).await.expect(204);
    assert!(!may().await);
    call(Method::PUT, &inner).await.expect(204);
    assert!(may().await, "through the team within the team");
    let members = world.get(OWNER, &format!("{team}/members")).await.expect(200);
    let stray = json!(world.id(Person::Stray));
    let stray = members["items"].as_array().unwrap().iter().find(|one| one["user"] == stray);
    let stray = stray.unwrap();
    assert_eq!((&stray["direct"], &stray["inherited"]), (&json!(false), &json!(true)));
    let ring = format!("/api/teams/{}/teams/{}", world.things.inner_team, world.things.team);
    let ring = call(Method::PUT, &ring).await.expect(409);
    assert_eq!(ring["conflict"], "team_ring");
    call(Method::DELETE, &inner).await.expect(204);
    assert!(!may().await);
}

#[tokio::test]
async fn auth_14_values_of_a_foreign_room_are_masked_in_the_audit_log() {
    let world = World::start().await;
    let path = format!("/api/chat/messages/{}", world.things.message);
    let edit = json!({ "expected": 1, "body": "Between us" });
    world.send(Person::Ann, Method::PATCH, &path, edit).await.expect(200);
    let path = format!("/api/audit?action=chat.edit&entity_id={}", world.things.message);
    let entry = world.get(OWNER, &path).await.expect(200)["items"][0].clone();
    let change: &Value = &entry["changes"][0];
    assert_eq!(change["field"], "body");
    assert_eq!((&change["new"], &change["masked"]), (&Value::Null, &json!(true)));
}

#[tokio::test]
async fn a_role_is_made_changed_and_deleted() {
    let world = World::start().await;
    let new = json!({ "name": "Clerk", "permissions": ["users.read"] });
    let role = world.send(OWNER, Method::POST, "/api/roles", new).await.expect(201);
    let path = format!("/api/roles/{}", role["id"].as_str().unwrap());
    let change = json!({ "expected": 1, "name": "Clerk", "permissions": ["users.fly"] });
    let wrong = world.send(OWNER, Method::PUT, &path, change).await;
    assert!(wrong.wrong_field().starts_with("permissions"));
    let change = json!({ "expected": 1, "name": "Clerk", "permissions": ["chat.use"] });
    let role = world.send(OWNER, Method::PUT, &path, change).await.expect(200);
    assert_eq!(role["permissions"], json!(["chat.use"]));
    let path = format!("{path}?expected={}", role["version"]);
    world.by(OWNER, Method::DELETE, &path).await.send().await.expect(204);
    let built_in = format!("/api/roles/{}?expected=1", BuiltInRole::GUEST.id);
    let refused = world.by(OWNER, Method::DELETE, &built_in).await.send().await;
    assert!((400..500).contains(&refused.status), "a built-in role stays: {}", refused.status);
}
