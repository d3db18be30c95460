//! Plans: no list scans a large table.

use std::cmp::Reverse;

use erp_conformance::{Harness, TestStore};
use erp_core::{
    Ctx,
    access::{AuditQuery, TokenHash, UserQuery, UserStatus},
    change::Position,
    chat::{MessageAnchor, MessageQuery, RoomQuery, Seq},
    ids::{
        CommentId, ItemId, MilestoneId, PhaseId, PostingId, ProjectId, RoomId, TaskId, TimeEntryId,
        UserId, WarehouseId,
    },
    inventory::{
        AlertQuery, Direction, ItemFields, ItemQuery, LevelQuery, LotQuery, MovementKey,
        MovementQuery, NewLine, NewPosting, PostingKind, PostingQuery, ReservationQuery,
        TurnoverQuery, Warehouse,
    },
    policy::Action,
    port::{IdGenerator as _, Store},
    projects::{
        ParentFilter, Priority, ProjectQuery, RatedSpan, ReadyKey, ReadyQuery, ReadyScope,
        SearchQuery, Shelf, SortOrder, TaskKey, TaskQuery, TaskRank, TaskSort, TaskStatus,
    },
    record::{ListQuery, Shelf as Shelves, Type, Value, kinds},
};
use erp_store_postgres::{PgStore, PgStoreOptions};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::support::Database;

/// Tables that grow with use.
const LARGE: &[&str] = &[
    "users",
    "user_sessions",
    "known_devices",
    "chat_rooms",
    "chat_members",
    "chat_messages",
    "audit_log_y",
    "event_log_p",
    "presence_leases",
    "projects",
    "project_members",
    "tasks",
    "task_dependencies",
    "time_entries",
    "warehouses",
    "items",
    "stock_balances",
    "lots",
    "stock_lots",
    "stock_postings",
    "stock_movements",
    "stock_reservations",
    "stock_alerts",
    "task_comments",
    "milestones",
    "project_phases",
    "hourly_rates",
    "project_origins",
];

/// Rows enough that a plan which reads them all is never the cheaper one.
const FILL: &str = "
    INSERT INTO users (id, email, email_key, display_name, name_key, status, version, created_at,
        updated_at)
    SELECT gen_random_uuid(), n || '@x.org', n || '@x.org', 'User ' || n, 'user ' || n, 'active', 1,
        '2026-01-01Z', '2026-01-01Z' FROM generate_series(1, 5000) AS n;
    INSERT INTO chat_rooms (id, kind, name, name_key, history, last_seq, member_count, roster,
        version, created_at)
    SELECT gen_random_uuid(), 'group', 'r', 'r', 'full', 20, 5, 1, 1, '2026-01-01Z'
        FROM generate_series(1, 4000);
    INSERT INTO chat_members (room_id, user_id, role, joined_at, visible_after, read_seq,
        last_own_seq)
    SELECT room.id, member.id, 'member', '2026-01-01Z', 0, 0, 0
        FROM (SELECT id, row_number() OVER () AS n FROM chat_rooms) AS room
        JOIN (SELECT id, row_number() OVER () AS n FROM users) AS member
        ON member.n % 1000 = room.n % 1000 ON CONFLICT DO NOTHING;
    INSERT INTO chat_messages (id, room_id, seq, author_id, kind, format, body, created_at, version)
    SELECT gen_random_uuid(), room.id, seq, (SELECT id FROM users LIMIT 1), 'user', 'text', 'hello',
        '2026-01-01Z', 1 FROM chat_rooms AS room, generate_series(1, 20) AS seq ON CONFLICT DO NOTHING;
    INSERT INTO audit_log (id, at, action, entity_kind, entity_id, actor_id, changes)
    SELECT gen_random_uuid(), (SELECT max(at) FROM audit_log) + n * interval '1 second', 'chat.post',
        'room', gen_random_uuid(), gen_random_uuid(), '[]' FROM generate_series(1, 40000) AS n;
    INSERT INTO event_log (at, kind, data, audience)
    SELECT '2026-01-01Z', 'test.written', '1', '' FROM generate_series(1, 40000);
    INSERT INTO user_sessions (id, user_id, token_hash, created_at, last_used_at, expires_at)
    SELECT gen_random_uuid(), id, sha256(id::text::bytea), '2026-01-01Z', '2026-01-01Z',
        '2026-02-01Z' FROM users;
    INSERT INTO known_devices (token_hash, user_id, session_id, created_at, last_used_at, expires_at)
    SELECT sha256(id::text::bytea), id, id, '2026-01-01Z', '2026-01-01Z', '2026-02-01Z' FROM users;
    INSERT INTO presence_users (user_id, since) SELECT id, '2026-01-01Z' FROM users;
    INSERT INTO presence_leases (connection_id, user_id, node_id, opened_at, expires_at, closed)
    SELECT id, id, id, '2026-01-01Z', '2026-01-02Z', false FROM users;
    INSERT INTO projects (id, code, name, task_prefix, zone, status, member_count, last_task, roster,
        graph, version, created_at, updated_at)
    SELECT gen_random_uuid(), 'N' || n, 'n', 'TASK', 'UTC', 'active', 1, 20, 1, 1, 1,
        '2026-01-01Z', '2026-01-01Z' FROM generate_series(1, 3000) AS n;
    INSERT INTO project_members (project_id, user_id, role, joined_at)
    SELECT project.id, member.id, 'member', '2026-01-01Z'
        FROM (SELECT id, row_number() OVER () AS n FROM projects) AS project
        JOIN (SELECT id, row_number() OVER () AS n FROM users) AS member
        ON member.n % 1000 = project.n % 1000 ON CONFLICT DO NOTHING;
    INSERT INTO tasks (id, project_id, prefix, number, title, priority, assignees, labels, status,
        created_at, updated_at, version)
    SELECT gen_random_uuid(), project.id, 'TASK', n, 't', 1, '{}', '{}', 'todo', '2026-01-01Z',
        '2026-01-01Z', 1 FROM projects AS project, generate_series(1, 20) AS n;
    INSERT INTO milestones (id, project_id, name, due_on, created_at, updated_at, version)
    SELECT gen_random_uuid(), project.id, 'm', '2026-01-01', '2026-01-01Z', '2026-01-01Z', 1
        FROM projects AS project, generate_series(1, 5) AS n;
    UPDATE tasks SET milestone_id = milestone.id FROM milestones AS milestone
        WHERE milestone.project_id = tasks.project_id AND tasks.number % 2 = 0;
    INSERT INTO phase_definitions (id, name, name_key, version, created_at)
    SELECT gen_random_uuid(), 'k' || n, 'k' || n, 1, '2026-01-01Z' FROM generate_series(1, 5) AS n;
    INSERT INTO project_phases (id, project_id, definition_id, starts_on, ends_on, created_at,
        updated_at, version)
    SELECT gen_random_uuid(), project.id, kind.id, '2026-01-01', '2026-01-02', '2026-01-01Z',
        '2026-01-01Z', 1 FROM projects AS project, phase_definitions AS kind;
    UPDATE tasks SET phase_id = phase.id FROM project_phases AS phase
        WHERE phase.project_id = tasks.project_id AND tasks.number % 2 = 0;
    INSERT INTO hourly_rates (id, user_id, valid_from, rate, currency, created_at, version)
    SELECT gen_random_uuid(), id, DATE '2026-01-01' + n, 50, 'EUR', '2026-01-01Z', 1
        FROM users, generate_series(1, 6) AS n;
    INSERT INTO project_templates (id, name, name_key, archived, body, created_at, updated_at, version)
    VALUES (gen_random_uuid(), 't', 't', false, '{}', '2026-01-01Z', '2026-01-01Z', 1);
    INSERT INTO project_origins (key, fingerprint, project_id, template_id, template_version,
        created_at)
    SELECT project.code, sha256(project.code::bytea), project.id, template.id, 1, '2026-01-01Z'
        FROM projects AS project, project_templates AS template;
    INSERT INTO task_dependencies (project_id, predecessor_id, successor_id, kind, lag_min)
    SELECT one.project_id, one.id, two.id, 'finish_start', 0 FROM tasks AS one
        JOIN tasks AS two ON two.project_id = one.project_id AND two.number = one.number + 1;
    INSERT INTO time_entries (id, project_id, task_id, user_id, started_at, ended_at, created_at,
        version)
    SELECT gen_random_uuid(), task.project_id, task.id, member.user_id, '2026-01-01Z',
        '2026-01-02Z', '2026-01-01Z', 1 FROM tasks AS task JOIN project_members AS member
        ON member.project_id = task.project_id WHERE task.number <= 2;
    INSERT INTO warehouses (id, code, code_key, name, negative, active, version, created_at)
    SELECT gen_random_uuid(), n, n, n, 'forbidden', true, 1, '2026-01-01Z'
        FROM generate_series(1, 2000) AS n;
    INSERT INTO items (id, sku, sku_key, name, unit, scale, reorder_level, valuation, active,
        version, created_at)
    SELECT gen_random_uuid(), n, n, n, 'pcs', 0, 5, 'fifo', true, 1, '2026-01-01Z'
        FROM generate_series(1, 5000) AS n;
    INSERT INTO stock_balances (item_id, warehouse_id, on_hand, reserved, value, rate, low, seq,
        last_at, layers, version)
    SELECT item.id, place.id, 9, 0, 9, 1, false, 1, '2026-01-01Z', '[]', 1 FROM items AS item
        CROSS JOIN (SELECT id FROM warehouses LIMIT 4) AS place;
    UPDATE items SET tracking = 'lot' WHERE sku = '7';
    INSERT INTO lots (id, item_id, code, code_key, expires_on, created_at)
    SELECT gen_random_uuid(), id, 'a', 'a', '2026-06-01', '2026-01-01Z' FROM items;
    INSERT INTO stock_lots (lot_id, warehouse_id, item_id, good_until, on_hand)
    SELECT lot.id, balance.warehouse_id, lot.item_id, lot.expires_on, 9 FROM lots AS lot
        JOIN stock_balances AS balance ON balance.item_id = lot.item_id;
    INSERT INTO stock_postings (id, kind, reference, posted_at, effective_at)
    SELECT gen_random_uuid(), 'receipt', 'order ' || n, '2026-01-01Z', '2026-01-01Z'
        FROM generate_series(1, 20000) AS n;
    INSERT INTO stock_movements (posting_id, line, item_id, warehouse_id, kind, quantity, value,
        effective_at, seq, priced)
    SELECT posting.id, 1, balance.item_id, balance.warehouse_id, 'stock', 9, 9, '2026-01-01Z', 1,
        true
        FROM (SELECT id, row_number() OVER () AS n FROM stock_postings) AS posting
        JOIN (SELECT *, row_number() OVER () AS n FROM stock_balances) AS balance USING (n);
    INSERT INTO stock_reservations (id, item_id, warehouse_id, owner_id, quantity, consumed, state,
        expires_at, created_at)
    SELECT gen_random_uuid(), item_id, warehouse_id, (SELECT id FROM users LIMIT 1), 1, 0,
        'active', '2026-02-01Z', '2026-01-01Z' FROM stock_balances;
    INSERT INTO stock_alerts (id, item_id, warehouse_id, available, reorder_level, raised_at)
    SELECT gen_random_uuid(), item_id, warehouse_id, 1, 5, '2026-01-01Z' FROM stock_balances;
    INSERT INTO task_comments (id, project_id, task_id, author_id, body, created_at, version)
    SELECT gen_random_uuid(), project_id, task_id, user_id, 'b', started_at, 1 FROM time_entries;
    ANALYZE;
";

/// Asks for every list and every hot read, in every shape.
async fn read_everything(store: &PgStore, user: UserId, room: RoomId) {
    let (access, chat) = (store.access(), store.chat());
    for search in [None, Some("5".to_owned())] {
        for status in [None, Some(UserStatus::Active)] {
            for after in [None, Some(("user 5".to_owned(), user))] {
                let search_email = search.is_some();
                let query =
                    UserQuery { search: search.clone(), search_email, status, after, limit: 50 };
                access.users(&query).await.unwrap();
            }
        }
    }
    access.users_by_id(&[user]).await.unwrap();
    access.subject(user).await.unwrap();
    access.credentials("5@x.org").await.unwrap();
    access.roles_of(user).await.unwrap();
    store.sessions().of_user(user).await.unwrap();
    store.sessions().devices_of(user).await.unwrap();
    store.sessions().device(&TokenHash([7; 32])).await.unwrap();

    let page = RoomQuery { after: None, limit: 50 };
    chat.rooms_of(user, page).await.unwrap();
    chat.channels(page).await.unwrap();
    chat.unread(user).await.unwrap();
    chat.memberships(user).await.unwrap();
    chat.peers(user).await.unwrap();
    chat.members(room, None, 50).await.unwrap();
    chat.access(room, user).await.unwrap();
    chat.posting(room, user).await.unwrap();
    for anchor in [
        MessageAnchor::Latest,
        MessageAnchor::Before(Seq(9)),
        MessageAnchor::After(Seq(9)),
        MessageAnchor::Around(Seq(9)),
    ] {
        let query = MessageQuery { room, visible_after: Seq(0), anchor, limit: 5 };
        chat.messages(query).await.unwrap();
    }
    read_records(store).await;
    read_projects(store, user).await;
    store.presence().online(Some(&[user]), Harness::start()).await.unwrap();
    store.events().settled().await.unwrap();
    store.events().read(Position::START, 100).await.unwrap();
    read_audit(store, user).await;
    read_stock(store).await;
    move_stock(store).await;
}

async fn read_records(store: &PgStore) {
    let records = store.records();
    for kind in kinds() {
        records.record(kind, Uuid::nil()).await.unwrap();
        records.records_by_id(kind, &[Uuid::nil()]).await.unwrap();
        if kind.tree.is_some() {
            records.record_tree(kind).await.unwrap();
        }
        for (place, field) in kind.fields.iter().enumerate() {
            if !field.unique {
                continue;
            }
            records.record_by_key(kind, place, &Value::Text("k2".into())).await.unwrap();
        }
        let (sort, by) = kind.order().unwrap();
        // Of what is listed under another thing there is no other list.
        let equal: Vec<_> =
            kind.under.map(|place| (place, Value::Id(Uuid::nil()))).into_iter().collect();
        let (shelf, key) = match by.ty {
            Type::Day => (Shelves::Live, Value::Day(TaskKey::NO_DAY)),
            _ => (Shelves::All, Value::Text("k2".into())),
        };
        for after in [None, Some((key, Uuid::nil()))] {
            let equal = equal.clone();
            let query = ListQuery { sort, equal, shelf, after, limit: 50 };
            records.list_records(kind, &query).await.unwrap();
        }
    }
}

async fn read_stock(store: &PgStore) {
    let stock = store.inventory();
    let (item, warehouse) = (ItemId::from_uuid(Uuid::nil()), WarehouseId::from_uuid(Uuid::nil()));
    stock.items(&ItemQuery { category: None, after: None, limit: 50 }).await.unwrap();
    stock.items_by_id(&[item]).await.unwrap();
    stock.item_by_sku("7").await.unwrap();
    for (of, within) in [(None, None), (Some(item), None), (None, Some(warehouse))] {
        let query = LevelQuery { item: of, warehouse: within, limit: 50, ..LevelQuery::default() };
        stock.levels(&query).await.unwrap();
    }
    stock.stock_at(item, Harness::start()).await.unwrap();
    stock.projection(item, Harness::start(), Harness::start().date_naive()).await.unwrap();
    let place = MovementKey {
        effective_at: Harness::start(),
        seq: 1,
        posting: PostingId::from_uuid(Uuid::nil()),
        line: 1,
    };
    stock.posting(place.posting).await.unwrap();
    let references = vec!["order 7".to_owned(), "order 8".to_owned()];
    stock.postings(&PostingQuery { references, after: None, limit: 50 }).await.unwrap();
    let (from, to) = (Harness::start(), Harness::start() + chrono::TimeDelta::days(1));
    for warehouse in [None, Some(warehouse)] {
        let query = TurnoverQuery { from, to, warehouse, after: None, limit: 50 };
        stock.turnover(&query).await.unwrap();
    }
    for before in [None, Some(place)] {
        let query = MovementQuery { item, warehouse: Some(warehouse), before, limit: 50 };
        stock.movements(&query).await.unwrap();
    }
    stock.lots_by_code(&[(item, "a".to_owned())]).await.unwrap();
    for item in [None, Some(item)] {
        let query = LotQuery { item, warehouse: Some(warehouse), limit: 50, ..LotQuery::default() };
        stock.lot_levels(&query).await.unwrap();
    }
    stock.reservations(&ReservationQuery { item, after: None, limit: 50 }).await.unwrap();
    for of in [None, Some((item, warehouse))] {
        stock.due_reservations(Harness::start(), of, 50).await.unwrap();
    }
    stock.alerts(&AlertQuery { after: None, limit: 50 }).await.unwrap();
}

/// Postings through the service: they are as hot as a read.
async fn move_stock(store: &PgStore) {
    let h = Harness::new(TestStore::new(store.clone()));
    let ctx = Ctx::system();
    let stock = store.inventory();
    let query = LevelQuery { limit: 1, ..LevelQuery::default() };
    let (item, warehouse) = stock.levels(&query).await.unwrap()[0].key();
    // Ids of a harness begin anew, and those of the first are in use.
    std::iter::repeat_with(|| h.ids.uuid()).nth(1_000);
    let in_lots = stock.item_by_sku("7").await.unwrap().unwrap().id;
    for item in [item, in_lots] {
        let direction = Direction::Out { reservation: None };
        let lines = vec![NewLine::new((item, warehouse), 1, direction)];
        let new = NewPosting::now(PostingKind::Issue, lines);
        h.engine.inventory().post(&ctx, new).await.unwrap();
    }
}

async fn read_projects(store: &PgStore, user: UserId) {
    let projects = store.projects();
    let project = ProjectId::from_uuid(Uuid::nil());
    let task = TaskId::from_uuid(Uuid::nil());
    for member in [None, Some(user)] {
        for after in [None, Some("N5".to_owned())] {
            let query = ProjectQuery { member, after, limit: 50, ..ProjectQuery::default() };
            projects.projects(&query).await.unwrap();
        }
    }
    projects.project(project).await.unwrap();
    projects.calendar(project).await.unwrap();
    let phase = PhaseId::from_uuid(Uuid::nil());
    projects.phase(phase).await.unwrap();
    projects.phases(project).await.unwrap();
    projects.access(project, user).await.unwrap();
    projects.memberships(user).await.unwrap();
    projects.members(project, None, 50).await.unwrap();
    projects.owners(project).await.unwrap();
    projects.task(task).await.unwrap();
    projects.tasks_by_id(&[task]).await.unwrap();
    projects.task_counts(project).await.unwrap();
    projects.board(project, None, 20).await.unwrap();
    projects.board(project, Some(phase), 20).await.unwrap();
    read_ready(store, user).await;
    search(store, user).await;
    projects.dependencies(task).await.unwrap();
    projects.task_graph(project).await.unwrap();
    let comment = CommentId::from_uuid(Uuid::nil());
    projects.comment(comment).await.unwrap();
    projects.comments(task, None, 50).await.unwrap();
    projects.comments(task, Some((Harness::start(), comment)), 50).await.unwrap();
    let entry = TimeEntryId::from_uuid(Uuid::nil());
    let start = Harness::start();
    projects.time_entry(entry).await.unwrap();
    projects.running_timer(user).await.unwrap();
    projects.timesheet(user, start, Some(start)).await.unwrap();
    projects.time_entries(task, None, 50).await.unwrap();
    projects.time_entries(task, Some((start, entry)), 50).await.unwrap();
    projects.task_time(task).await.unwrap();
    projects.project_time(project).await.unwrap();
    let span = RatedSpan { user, from: Some(start), until: None };
    projects.rated_time(project, &[span]).await.unwrap();
    projects.rates_in(project).await.unwrap();
    projects.origin("N5").await.unwrap();
    projects.pending_files(user).await.unwrap();
    let day = TaskKey::NO_DAY;
    for (sort, by) in [
        (TaskSort::Number, TaskRank::Number),
        (TaskSort::Due, TaskRank::Due(day)),
        (TaskSort::Priority, TaskRank::Priority(Priority::High)),
        (TaskSort::Updated, TaskRank::Updated(Harness::start())),
    ] {
        let ascending = TaskQuery { sort, limit: 50, ..TaskQuery::default() };
        let descending = TaskQuery { order: SortOrder::Descending, ..ascending.clone() };
        let after = Some(TaskKey { by, number: 5 });
        for query in [
            ascending.clone(),
            descending.clone(),
            TaskQuery { after, ..ascending.clone() },
            TaskQuery { after, ..descending },
            TaskQuery { status: vec![TaskStatus::Todo], ..ascending.clone() },
            TaskQuery { assignee: Some(user), ..ascending.clone() },
            TaskQuery { parent: Some(ParentFilter::Of(task)), ..ascending.clone() },
            TaskQuery { milestone: Some(MilestoneId::from_uuid(Uuid::nil())), ..ascending.clone() },
            TaskQuery { phase: Some(phase), ..ascending.clone() },
            TaskQuery { due_before: Some(day), ..ascending.clone() },
            TaskQuery { shelf: Shelf::Deleted, ..ascending },
        ] {
            projects.tasks(project, &query).await.unwrap();
        }
    }
}

async fn read_ready(store: &PgStore, user: UserId) {
    let nil = ProjectId::from_uuid(Uuid::nil());
    let key = ReadyKey { priority: Reverse(Priority::High), project: nil, number: 5 };
    for scope in [ReadyScope::Project(nil), ReadyScope::MemberOf(user)] {
        for assignee in [None, Some(user)] {
            for after in [None, Some(key)] {
                let freed = vec![TaskStatus::Done];
                let query = ReadyQuery { scope, assignee, freed, after, limit: 50 };
                store.projects().ready_tasks(&query).await.unwrap();
            }
        }
    }
}

async fn search(store: &PgStore, user: UserId) {
    let nil = ProjectId::from_uuid(Uuid::nil());
    for (member, project) in [(None, None), (Some(user), None), (None, Some(nil))] {
        for after in [None, Some(Uuid::nil())] {
            let words = vec!["rails".to_owned()];
            let query = SearchQuery { words, member, project, after, limit: 50 };
            store.projects().search(&query).await.unwrap();
        }
    }
}

async fn read_audit(store: &PgStore, user: UserId) {
    let all = AuditQuery { limit: 50, ..AuditQuery::default() };
    let at = Some(Harness::start());
    let id = erp_core::ids::AuditId::from_uuid(Uuid::nil());
    for query in [
        all.clone(),
        AuditQuery { entity_id: Some(Uuid::nil()), ..all.clone() },
        AuditQuery { project: Some(ProjectId::from_uuid(Uuid::nil())), ..all.clone() },
        AuditQuery { actor: Some(user), ..all.clone() },
        AuditQuery { action: Some(Action::ChatPost), ..all.clone() },
        AuditQuery { from: at, until: at, ..all.clone() },
        AuditQuery { after: Some((Harness::start(), id)), ..all.clone() },
        AuditQuery { actor: Some(user), after: Some((Harness::start(), id)), ..all },
    ] {
        store.audit().entries(&query).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn x_11_no_list_scans_a_large_table() {
    let database = Database::unused().await;
    // One connection, which has prepared everything in the end.
    let options = PgStoreOptions { max_connections: 1, ..PgStoreOptions::default() };
    let store = PgStore::connect(&database.url, options).await.unwrap();
    let h = Harness::new(TestStore::new(store.clone()));
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    sqlx::raw_sql(FILL).execute(store.pool()).await.unwrap();
    store.close().await;

    let options = PgStoreOptions { max_connections: 1, ..PgStoreOptions::default() };
    let store = PgStore::connect(&database.url, options).await.unwrap();
    // What has no index to go by shows.
    sqlx::raw_sql("SET enable_seqscan = on").execute(store.pool()).await.unwrap();
    read_everything(&store, ann.id, room.id).await;
    let plans = plans(&store).await;
    let kept: (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM pg_prepared_statements), \
         (SELECT (sum(total_bytes) / 1024)::bigint FROM pg_backend_memory_contexts \
         WHERE name LIKE 'CachedPlan%')",
    )
    .fetch_one(store.pool())
    .await
    .unwrap();
    println!("{} statements are prepared, in {} KB", kept.0, kept.1);
    assert!((100..512).contains(&kept.0), "none was dropped for another");
    assert!(plans.len() > 100, "{}", plans.len());
    for (statement, plan) in plans {
        // A sequence: one row.
        let plan = plan.replace("event_log_position", "a sequence");
        for table in LARGE {
            let scan = format!("Seq Scan on {table}");
            assert!(!plan.contains(&scan), "{statement}\n{plan}");
        }
    }
}

/// A plan is kept while the table that it was made for grows.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_the_first_day_looks_up_each_balance_by_its_key() {
    let database = Database::unused().await;
    let options = PgStoreOptions { max_connections: 1, ..PgStoreOptions::default() };
    let store = PgStore::connect(&database.url, options).await.unwrap();
    let h = Harness::new(TestStore::new(store.clone()));
    let (ctx, inventory) = (Ctx::system(), h.engine.inventory());
    let warehouse = Warehouse::new("main", "Main").unwrap();
    let warehouse = h.engine.records().create(&ctx, warehouse).await.unwrap().id;
    let item = inventory.create_item(&ctx, ItemFields::new("one", "One")).await.unwrap().id;
    let receive = || {
        let lines = vec![NewLine::new((item, warehouse), 1, Direction::In { price: None })];
        NewPosting::now(PostingKind::Receipt, lines)
    };
    inventory.post(&ctx, receive()).await.unwrap();
    sqlx::raw_sql("ANALYZE stock_balances").execute(store.pool()).await.unwrap();
    inventory.post(&ctx, receive()).await.unwrap();
    let plans = plans(&store).await;
    let read =
        plans.iter().find(|(statement, _)| statement.contains("LATERAL (SELECT there.item_id"));
    let plan = &read.unwrap().1;
    let both = ["(item_id = wanted.item_id)", "(warehouse_id = wanted.warehouse_id)"];
    let by_key =
        |line: &str| line.contains("Index Cond") && both.iter().all(|one| line.contains(one));
    assert!(plan.lines().any(by_key), "{plan}");
}

/// Every statement that the store has prepared on its connections, explained as it is run: with
/// the generic plan.
async fn plans(store: &PgStore) -> Vec<(String, String)> {
    let mut conn = store.pool().acquire().await.unwrap();
    let prepared: Vec<(String, String, i32)> = sqlx::query_as(
        "SELECT name, statement, coalesce(array_length(parameter_types, 1), 0) \
         FROM pg_prepared_statements",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mut plans = Vec::new();
    for (name, statement, parameters) in prepared {
        let nulls = vec!["NULL"; usize::try_from(parameters).unwrap()].join(", ");
        let values = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
        let explain = format!("EXPLAIN EXECUTE \"{name}\"{values}");
        let plan: Vec<String> =
            match sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *conn).await {
                Ok(rows) => rows.iter().map(|row| sqlx::Row::get(row, 0)).collect(),
                // What is no query (SET, BEGIN) cannot be explained.
                Err(_) => continue,
            };
        plans.push((statement, plan.join("\n")));
    }
    plans
}
