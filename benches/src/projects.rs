//! Boards and critical paths of large projects.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result, ensure};
use erp_core::{
    Ctx, Engine,
    ids::{ProjectId, UserId},
    page::PageRequest,
    port::Store,
    projects::{NewProject, ProjectDetails, ProjectRole, rules},
};
use sqlx::PgPool;

use crate::{
    fixture::Fixture,
    pg,
    report::{Figure, median},
};

/// Tasks of the board's project, and of the large graph.
const BOARD: i64 = 5_000;
const GRAPH: i64 = 10_000;

/// Fills a project with tasks over all statuses, in one statement that keeps every invariant of the
/// schema.
const FILL: &str = "
    with project as (update projects set last_task = $2 where id = $1 returning id)
    insert into tasks (id, project_id, prefix, number, title, description, priority, assignees,
        labels, estimate_min, status, completed_at, created_at, updated_at, version)
    select gen_random_uuid(), project.id, 'TASK', n, 'task ' || n, repeat('what is to be done ', 20),
        n % 4, '{}', '{}', 60 + n % 480, status,
        case when status = 'done' then timestamptz '2024-03-04T09:00Z' end,
        '2024-03-04T09:00Z', '2024-03-04T09:00Z', 1
    from project, generate_series(1, $2) as n, lateral (select (array['backlog', 'todo',
        'in_progress', 'in_review', 'done', 'cancelled'])[1 + case when $3 then n % 6 else 1 end]
        as status) as chosen";

/// Each task waits for the one 97 before it, every second one for the one 3 before it, and every
/// fiftieth for the one 5 before it.
const LINK: &str = "
    insert into task_dependencies (project_id, predecessor_id, successor_id, kind, lag_min)
    select one.project_id, one.id, two.id, 'finish_start', 0 from tasks as one
    join tasks as two on two.project_id = one.project_id and (two.number = one.number + 97
        or two.number = one.number + 3 and two.number % 2 = 0
        or two.number = one.number + 5 and two.number % 50 = 0)
    where one.project_id = $1 order by two.number limit $2";

async fn project(engine: &Engine, owner: UserId, code: &str) -> Result<ProjectId> {
    let new = NewProject {
        code: code.to_owned(),
        details: ProjectDetails::named(code),
        members: vec![(owner, ProjectRole::Owner)],
    };
    Ok(engine.projects().create(&Ctx::system(), new).await?.id)
}

/// The median of so many times, in milliseconds.
async fn times<F: Future<Output = Result<()>>>(count: usize, run: impl Fn() -> F) -> Result<f64> {
    let mut samples = Vec::with_capacity(count);
    for _ in 0..count {
        let started = Instant::now();
        run().await?;
        samples.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(&mut samples))
}

/// The board of a project of 5,000 tasks through the service, beside a count of them by status alone;
/// and the critical path of 10,000 tasks and 15,000 dependencies, beside reading them alone.
pub async fn run() -> Result<()> {
    Figure::print_head();
    let cluster = pg::cluster()?;
    let store = pg::store(&cluster, "projects", 4).await?;
    let fixture = Fixture::new(store.clone(), 0, 2).await?;
    let (engine, owner) = (&fixture.engine, fixture.users[0]);
    let (board, graph) =
        (project(engine, owner, "BOARD").await?, project(engine, owner, "GRAPH").await?);
    // The store's own connections give up a statement that takes long.
    let filling = PgPool::connect(&cluster.url("projects")).await?;
    for (id, tasks, mixed) in [(board, BOARD, true), (graph, GRAPH, false)] {
        let fill = sqlx::query(FILL).bind(id.uuid()).bind(tasks).bind(mixed);
        fill.execute(&filling).await?;
    }
    sqlx::query(LINK).bind(graph.uuid()).bind(15_000_i64).execute(&filling).await?;
    sqlx::query("VACUUM ANALYZE tasks, task_dependencies").execute(&filling).await?;
    filling.close().await;
    board_of(engine, owner, board, &store).await?;
    path_of(engine, owner, graph, &store).await?;
    path_after_changes(engine, owner, graph, &cluster.url("projects")).await
}

async fn board_of(
    engine: &Engine,
    owner: UserId,
    id: ProjectId,
    store: &Arc<impl Store>,
) -> Result<()> {
    let (ctx, page) = (Ctx::user(owner), PageRequest::default());
    let (ctx, page) = (&ctx, &page);
    let ours = times(1_000, || async move {
        let board = engine.projects().board(ctx, id, None, page).await?;
        let all: i64 = board.columns.iter().map(|column| column.count).sum();
        ensure!(all == BOARD && board.columns.len() == 6, "the board is whole");
        Ok(())
    });
    let ours = ours.await?;
    let counts = times(1_000, || async move {
        store.projects().task_counts(id).await?;
        Ok(())
    });
    Figure {
        what: "board of 5,000 tasks, 50 of each column and all counts, against the counts"
            .to_owned(),
        ours,
        baseline: counts.await?,
        unit: "ms",
        target: "≤ 5 ms",
    }
    .print();
    Ok(())
}

async fn path_of(
    engine: &Engine,
    owner: UserId,
    id: ProjectId,
    store: &Arc<impl Store>,
) -> Result<()> {
    let ctx = Ctx::user(owner);
    let ctx = &ctx;
    let ours = times(50, || async move {
        let schedule = engine.projects().schedule(ctx, id).await?;
        ensure!(schedule.tasks.len() == 10_000, "the schedule is whole");
        Ok(())
    });
    let ours = ours.await?;
    let read = times(50, || async move {
        let graph = store.projects().task_graph(id).await?;
        ensure!(graph.is_some_and(|graph| graph.edges.len() == 15_000), "the graph is whole");
        Ok(())
    });
    Figure {
        what: "critical path of 10,000 tasks and 15,000 dependencies, against reading them"
            .to_owned(),
        ours,
        baseline: read.await?,
        unit: "ms",
        target: "≤ 50 ms",
    }
    .print();
    let graph = store.projects().task_graph(id).await?;
    let graph = graph.context("the project is there")?;
    let graph = &graph;
    let alone = times(50, || async move {
        rules::schedule(graph)?;
        Ok(())
    });
    println!("the rule alone, on a graph in memory: {:.1} ms", alone.await?);
    Ok(())
}

/// The first critical path after each change of the graph: no node knows its dependencies yet.
async fn path_after_changes(
    engine: &Engine,
    owner: UserId,
    id: ProjectId,
    url: &str,
) -> Result<()> {
    let pool = PgPool::connect(url).await?;
    let ctx = Ctx::user(owner);
    let mut samples = Vec::new();
    for _ in 0..50 {
        let change = sqlx::query("UPDATE projects SET graph = graph + 1 WHERE id = $1");
        change.bind(id.uuid()).execute(&pool).await?;
        let started = Instant::now();
        engine.projects().schedule(&ctx, id).await?;
        samples.push(started.elapsed().as_secs_f64() * 1e3);
    }
    pool.close().await;
    println!("the first one after a change of the graph: {:.1} ms", median(&mut samples));
    Ok(())
}
