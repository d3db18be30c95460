//! Change sets of usual shapes are one statement each, which holds up no reader of the log while it waits.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use erp_conformance::{
    Harness, Keepsake, TestStore,
    harness::{put, remove},
};
use erp_core::{
    Ctx,
    access::BuiltInRole,
    change::{Audience, BroadcastEvent, Change, ChangeSet, Guard, NewEvent, Scope, Version},
    chat::{BodyFormat, NewMessage},
    inventory::{Direction, ItemFields, NewLine, NewPosting, PostingKind, Warehouse},
    projects::{DependencyKind, NewDependency, PhaseDefinition, ProjectChange},
    record::{Name, Records},
};
use erp_store_postgres::{PgStore, PgStoreOptions};
use sqlx::{Connection as _, PgConnection};

use crate::support::Database;

/// What was run on the only connection since it was opened, and how often.
async fn run_so_far(store: &PgStore) -> BTreeMap<String, i64> {
    let query = "SELECT statement, sum(generic_plans + custom_plans)::bigint \
         FROM pg_prepared_statements GROUP BY statement";
    let rows: Vec<(String, i64)> = sqlx::query_as(query).fetch_all(store.pool()).await.unwrap();
    rows.into_iter().filter(|(statement, _)| statement != query).collect()
}

/// What the log does beside all writers: it makes the partition of the next day.
const OF_THE_LOG: &[&str] = &["event_log_state", "to_regclass", "lock_timeout"];

/// The statements that were run in between.
fn between(before: &BTreeMap<String, i64>, after: BTreeMap<String, i64>) -> Vec<String> {
    let times = |(statement, count): (String, i64)| {
        let times = count - before.get(&statement).copied().unwrap_or_default();
        std::iter::repeat_n(statement, usize::try_from(times).unwrap())
    };
    let all = after.into_iter().flat_map(times);
    all.filter(|text| !OF_THE_LOG.iter().any(|part| text.contains(part))).collect()
}

/// A store with one connection, which shows what it runs.
async fn watched(database: &Database) -> (PgStore, Harness) {
    let options = PgStoreOptions { max_connections: 1, ..PgStoreOptions::default() };
    let store = PgStore::connect(&database.url, options).await.unwrap();
    let h = Harness::new(TestStore::new(store.clone()));
    (store, h)
}

fn keepsake(name: &str) -> Keepsake {
    Keepsake { name: Name::new(name).unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_writes_a_record_in_one_statement_after_what_is_read_of_it() {
    let database = Database::unused().await;
    let (store, h) = watched(&database).await;
    let ctx = Ctx::user(h.user_with_role("ann", BuiltInRole::OWNER).await.id);
    let keepsakes: Records<'_, Keepsake> = h.engine.records();
    let phases: Records<'_, PhaseDefinition> = h.engine.records();
    // Once before, so that rights are remembered.
    keepsakes.create(&ctx, keepsake("first")).await.unwrap();

    let before = run_so_far(&store).await;
    let made = keepsakes.create(&ctx, keepsake("second")).await.unwrap();
    let ran = between(&before, run_so_far(&store).await);
    assert!(matches!(&*ran, [one] if one.starts_with("WITH sound")), "{ran:#?}");

    let before = run_so_far(&store).await;
    keepsakes.update(&ctx, made.id, made.version, keepsake("third")).await.unwrap();
    let ran = between(&before, run_so_far(&store).await);
    assert!(
        matches!(&*ran, [read, one] if read.starts_with("SELECT id") && one.starts_with("WITH sound")),
        "{ran:#?}"
    );

    let fields = PhaseDefinition { name: Name::new("Build").unwrap() };
    let made = phases.create(&ctx, fields).await.unwrap();
    let before = run_so_far(&store).await;
    phases.remove(&ctx, made.id, made.version).await.unwrap();
    let ran = between(&before, run_so_far(&store).await);
    assert!(
        matches!(&*ran, [read, one] if read.starts_with("SELECT id") && one.starts_with("WITH sound")),
        "{ran:#?}"
    );
}

/// What is written is one statement, whatever was read before.
#[tokio::test(flavor = "multi_thread")]
async fn links_parents_posts_and_postings_are_one_statement() {
    let database = Database::unused().await;
    let (store, h) = watched(&database).await;
    let ctx = Ctx::user(h.user_with_role("ann", BuiltInRole::OWNER).await.id);
    let ann = ctx.user_id().unwrap();
    let project = h.project("P", &[ann]).await.id;
    let tasks = h.tasks(project, 4).await;
    let room = h.group(&[ann]).await.id;
    let (projects, inventory) = (h.engine.projects(), h.engine.inventory());
    let warehouse = Warehouse::new("main", "Main").unwrap();
    let warehouse = h.engine.records().create(&ctx, warehouse).await.unwrap().id;
    let item = inventory.create_item(&ctx, ItemFields::new("one", "One")).await.unwrap().id;
    let link = |predecessor, successor| NewDependency {
        predecessor,
        successor,
        kind: DependencyKind::FinishStart,
        lag_min: 0,
    };
    let post = |body: &str| NewMessage { body: body.to_owned(), format: BodyFormat::Text };
    let receive = || {
        let lines = vec![NewLine::new((item, warehouse), 1, Direction::In { price: None })];
        NewPosting::now(PostingKind::Receipt, lines)
    };
    let writes = |ran: Vec<String>| -> Vec<String> {
        ran.into_iter().filter(|text| !text.trim_start().starts_with("SELECT")).collect()
    };

    let before = run_so_far(&store).await;
    projects.link_tasks(&ctx, link(tasks[0], tasks[1])).await.unwrap();
    let ran = writes(between(&before, run_so_far(&store).await));
    assert!(matches!(&*ran, [one] if one.contains("INTO task_dependencies")), "{ran:#?}");

    let before = run_so_far(&store).await;
    projects.move_task(&ctx, tasks[2], Version(1), Some(tasks[3])).await.unwrap();
    let ran = writes(between(&before, run_so_far(&store).await));
    assert!(matches!(&*ran, [one] if one.contains("UPDATE tasks")), "{ran:#?}");

    h.engine.chat().post(&ctx, room, post("one")).await.unwrap();
    let before = run_so_far(&store).await;
    h.engine.chat().post(&ctx, room, post("two")).await.unwrap();
    let ran = between(&before, run_so_far(&store).await);
    assert!(matches!(&*ran, [one] if one.contains("INTO chat_messages")), "{ran:#?}");

    inventory.post(&ctx, receive()).await.unwrap();
    let before = run_so_far(&store).await;
    inventory.post(&ctx, receive()).await.unwrap();
    let ran = writes(between(&before, run_so_far(&store).await));
    assert!(matches!(&*ran, [one] if one.contains("INTO stock_movements")), "{ran:#?}");
}

/// A set, and the statement by which a rival holds what it needs.
fn rivals(
    h: &Harness,
    sets: Vec<(&'static str, Change, Option<Guard>)>,
) -> Vec<(&'static str, ChangeSet)> {
    let set = |(rival, change, guard): (_, Change, Option<Guard>)| {
        let mut set = h.changes([change]);
        set.guards.extend(guard);
        // Without an event it has no usual shape, and takes no position.
        let told = BroadcastEvent::Sent { name: "rival".to_owned(), payload: 1.into() };
        set.event(NewEvent::new(told, [Audience::Everyone]));
        (rival, set)
    };
    sets.into_iter().map(set).collect()
}

/// Whoever takes a position of the log holds up its readers until the transaction ends.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_rival_has_taken_no_position_of_the_log() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let h = Harness::new(TestStore::new(store.clone()));
    let (one, other) = (h.new_record(keepsake("one")), h.new_record(keepsake("other")));
    let definition = h.new_phase_definition("Build");
    h.commit(put(&one, None)).await;
    h.commit(put(&definition, None)).await;
    let project = h.project("P", &[]).await.id;
    let tasks = h.tasks(project, 3).await;
    let mut held = PgConnection::connect(&database.url).await.unwrap();
    let graph = Some(Guard::Held(Scope::task_graph(project), h.task_graph(project).await.version));
    let mut renamed = one.clone();
    renamed.version = Version(2);
    let moved = ProjectChange::MoveTask {
        project,
        id: tasks[2],
        expected: Version(1),
        parent: Some(tasks[1]),
        at: h.now(),
    };
    let later = graph.map(|guard| Guard::Held(guard.scope(), guard.version().next()));
    let taken = "INSERT INTO keepsakes (id, version, created_at, updated_at, name, name_key) \
         VALUES (gen_random_uuid(), 1, now(), now(), 'Other', 'other')";
    let project_row = "UPDATE projects SET name = name";
    for (rival, set) in rivals(
        &h,
        vec![
            (taken, put(&other, None).into(), None),
            ("UPDATE keepsakes SET name = name", put(&renamed, Some(1)).into(), None),
            (
                "UPDATE phase_definitions SET name = name",
                remove::<PhaseDefinition>(definition.id, 1).into(),
                None,
            ),
            (project_row, h.link(project, tasks[0], tasks[1]).into(), graph),
            (project_row, moved.into(), later),
        ],
    ) {
        sqlx::raw_sql("BEGIN").execute(&mut held).await.unwrap();
        sqlx::query(rival).execute(&mut held).await.unwrap();
        let writer = Arc::clone(&h.store);
        let commit = tokio::spawn(async move { writer.commit(set).await });
        let waiting = "SELECT pid FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let pid: i32 = loop {
            let pid = sqlx::query_scalar(waiting).fetch_optional(store.pool()).await.unwrap();
            match pid {
                Some(pid) => break pid,
                None => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        };
        let positions = "SELECT count(*) FROM pg_locks WHERE pid = $1 AND locktype = 'advisory'";
        let positions: i64 =
            sqlx::query_scalar(positions).bind(pid).fetch_one(store.pool()).await.unwrap();
        assert_eq!(positions, 0, "{rival}");
        sqlx::raw_sql("ROLLBACK").execute(&mut held).await.unwrap();
        commit.await.unwrap().unwrap_or_else(|error| panic!("{rival}: {error:?}"));
    }
}
